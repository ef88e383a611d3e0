"""The audit log: who did what, when and why, and what was before and after; the latest first."""

from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from ops import audit
from ops.board.acting import done
from ops.board.frame import START, TEMPLATES, board_page
from ops.board.here import here
from ops.parking.mending import mendings
from servicekit.settings import ServiceSettings

AUDIT_PAGE: Final = f"{START}/audit"
_A_PAGE: Final = 50
_LAST_PAGE: Final = 10_000

TEMPLATES.filters["changed"] = audit.changed


def routes() -> APIRouter:
    """The page."""
    router = APIRouter()
    router.add_api_route(AUDIT_PAGE, page, methods=["GET"], response_model=None)
    return router


async def page(request: Request) -> Response:
    """One page of it; what was done from the board and has come to its end is put down first."""
    asked = {name: request.query_params.get(name, "").strip() for name in ("who", "what", "since", "until")}
    days = {name: _day(asked[name]) for name in ("since", "until")}
    wrong = {name: "A day as 2026-03-31" for name, day in days.items() if asked[name] and day is None}
    number = _number(request.query_params.get("page", ""))
    found = await done(partial(_entries, here(request).settings, asked, days, number))
    shown = {name: said for name, said in asked.items() if said}
    there = [(f"{AUDIT_PAGE}?{urlencode({**shown, 'page': at})}", words) for at, words in _ways(number, len(found))]
    return board_page(
        request, "board/audit.html", status=422 if wrong else 200, here=AUDIT_PAGE, entries=found[:_A_PAGE],
        asked=asked, number=number, ways=there, wrong=wrong,
    )  # fmt: skip


def _entries(
    settings: ServiceSettings, asked: dict[str, str], days: dict[str, datetime | None], number: int
) -> list[dict[str, Any]]:
    with mendings(settings) as kept:
        kept.latest(_A_PAGE)
    until = days["until"] + timedelta(days=1) if days["until"] else None
    wanted: dict[str, Any] = {"who": asked["who"], "what": asked["what"], "since": days["since"], "until": until}
    return audit.entries(settings, **wanted, most=_A_PAGE + 1, skip=(number - 1) * _A_PAGE)


def _ways(number: int, found: int) -> list[tuple[int, str]]:
    later = [(number - 1, "Later")] if number > 1 else []
    return later + ([(number + 1, "Earlier")] if found > _A_PAGE else [])


def _day(said: str) -> datetime | None:
    try:
        day = date.fromisoformat(said)
    except ValueError:
        return None
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _number(said: str) -> int:
    return min(max(int(said), 1), _LAST_PAGE) if said.isascii() and said.isdigit() and len(said) < 6 else 1
