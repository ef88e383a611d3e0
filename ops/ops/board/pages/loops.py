"""Loops: what is held, by whom and why; holding one and letting it go, with a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from fastapi import APIRouter, Request, Response

from ops.board.acting import SAY_WHY, form_of, lacking, too_long
from ops.board.entrance import require_operator
from ops.board.frame import START, board_page
from ops.board.here import here
from ops.holding import GATES, LOOPS, HoldRefused, LoopName, Meanwhile, Pauses, loop_named
from outcomes_service.dashboard.layout import NotHere
from servicekit.days import to_milliseconds
from servicekit.pausing import Pause
from servicekit.signing_in_pages import to

LOOPS_PAGE: Final = f"{START}/loops"
_NOT_HELD: Final = "not held"
_MEANWHILE: Final = (
    "Somebody acted meanwhile: how the loop stands now is shown below. Nothing was changed; send it again if it "
    "is still wanted"
)


@dataclass(frozen=True, slots=True)
class _Shown:
    """A loop and what holds it. `obeyed`: every worker has said that it holds."""

    name: LoopName
    pause: Pause | None
    obeyed: bool

    @property
    def seen(self) -> str:
        """What a form says back, so that what somebody else did meanwhile is not overwritten."""
        return self.pause.since.isoformat() if self.pause else _NOT_HELD


def routes() -> APIRouter:
    """The pages."""
    router, one = APIRouter(), f"{LOOPS_PAGE}/{{service}}/{{loop}}"
    router.add_api_route(LOOPS_PAGE, list_loops, methods=["GET"], response_model=None)
    router.add_api_route(one, show, methods=["GET"], response_model=None)
    router.add_api_route(f"{one}/pause", pause, methods=["POST"], response_model=None)
    router.add_api_route(f"{one}/resume", resume, methods=["POST"], response_model=None)
    return router


async def list_loops(request: Request) -> Response:
    """Every loop, and what holds it."""
    pauses = _pauses(request)
    held = await pauses.held()
    shown = [_Shown(name, held.get(name), name in held and await pauses.all_hold(name)) for name in LOOPS]
    return board_page(request, "board/loops.html", here=LOOPS_PAGE, loops=shown)


async def show(request: Request) -> Response:
    """One loop, with the form to hold it or to let it go."""
    return await _page(request, {}, {})


async def pause(request: Request) -> Response:
    """Hold it."""
    who, name = require_operator(request), _named(request)
    said = await form_of(request)
    if wrong := lacking(said, "why", SAY_WHY):
        return await _page(request, wrong, said)
    intake = name in GATES and "intake" in said
    wanted = Pause(loop=name.loop, since=to_milliseconds(datetime.now(UTC)), who=who, why=said["why"], intake=intake)
    return await _changed(request, name, wanted, said, who)


async def resume(request: Request) -> Response:
    """Let it go on."""
    who, name = require_operator(request), _named(request)
    said = await form_of(request)
    if wrong := too_long(said, "why"):
        return await _page(request, wrong, said)
    return await _changed(request, name, None, said, who)


async def _changed(
    request: Request, name: LoopName, wanted: Pause | None, said: Mapping[str, str], who: str
) -> Response:
    try:
        await _pauses(request).change(name, wanted, _seen(said), who=who, why=said.get("why", ""))
    except Meanwhile:
        return await _page(request, {"why": _MEANWHILE}, said, status=409)
    return to(f"{LOOPS_PAGE}/{name.service}/{name.loop}")


async def _page(request: Request, wrong: Mapping[str, str], said: Mapping[str, str], status: int = 422) -> Response:
    name, pauses = _named(request), _pauses(request)
    held = (await pauses.held()).get(name)
    shown = _Shown(name, held, held is not None and await pauses.all_hold(name))
    return board_page(
        request, "board/loop.html", status=status if wrong else 200, here=LOOPS_PAGE, shown=shown,
        is_gate=name in GATES, wrong=wrong, said=said,
    )  # fmt: skip


def _seen(said: Mapping[str, str]) -> datetime | None:
    """Since when the loop was held on the page that was sent back."""
    if (seen := said.get("seen", "")) == _NOT_HELD:
        return None
    try:
        return datetime.fromisoformat(seen)
    except ValueError:
        raise NotHere(
            "Not done", "The form was not whole. Go back, load the page again, and send it.", (), 400
        ) from None


def _named(request: Request) -> LoopName:
    try:
        return loop_named(request.path_params["service"], request.path_params["loop"])
    except HoldRefused:
        there = [(f"{LOOPS_PAGE}/{name.service}/{name.loop}", str(name)) for name in LOOPS]
        raise NotHere("No such loop", "There is no loop of this name.", there) from None


def _pauses(request: Request) -> Pauses:
    return Pauses(here(request).client, here(request).settings.database_prefix)
