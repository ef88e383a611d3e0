"""How a page of the board is made.

A page is a module of `ops.board.pages` with `routes() -> APIRouter`, listed in `ops.board.app.PAGES`, and stands in the
menu by a line in `SECTIONS`. Its template stands in `templates/board` and extends `board/page.html` (blocks `title`,
`main`); macros for tables stand in `parts.html`. It is answered by `board_page(request, "board/x.html", ...)`;
what is not there is raised as `NotHere` (a page, or problem+json), and `Missing` and MongoDB's errors become pages too.
What acts comes by POST, begins with `who = require_operator(request)` (`ops.board.entrance`), reads its form by
`servicekit.signing_in_pages.read_form`, and ends with `to(address)`, so that loading the page again does nothing twice.
"""

from pathlib import PurePath
from typing import Any, Final

from fastapi import Request, Response
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, select_autoescape

from ops.board import assets
from ops.board.entrance import Operator, here_is_open
from ops.errors import Missing
from ops.standing import showing
from outcomes_service.dashboard.layout import OWN_ONLY, SAFE, STAFF_SCRIPTS, NotHere, problem, wants_json

START: Final = "/board"
SECTIONS: Final = (
    (START, "Now"),
    (f"{START}/parked", "Parked"),
    (f"{START}/loops", "Loops"),
    (f"{START}/partners", "Partners"),
    (f"{START}/under-way", "Rebuilds and releases"),
    (f"{START}/audit", "Audit"),
    (f"{START}/runbooks", "Runbooks"),
)


def runbook(page: str) -> str:
    """Where the board shows a page of docs/operate."""
    return f"{START}/runbooks/{PurePath(page).stem}"


TEMPLATES: Final = Environment(
    loader=ChoiceLoader(
        [PackageLoader("ops", "board/templates"), PackageLoader("outcomes_service", "dashboard/templates")]
    ),
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
TEMPLATES.globals |= {"asset": assets.address}
TEMPLATES.filters |= {"lasting": showing.lasting, "ago": showing.since, "count": showing.number, "runbook": runbook}


def board_page(request: Request, template: str, /, *, status: int = 200, **values: Any) -> Response:
    """The page as an answer. `here` (an address of `SECTIONS`) marks where in the menu the reader is."""
    who: Operator | None = getattr(request.state, "operator", None)
    shown = {
        "here": None, "staff": True, "sections": SECTIONS, "who": who, "is_open": here_is_open(request), **values,
    }  # fmt: skip
    html = TEMPLATES.get_template(template).render(shown)
    headers = {**SAFE, "Content-Security-Policy": OWN_ONLY + STAFF_SCRIPTS, "Cache-Control": "no-store"}
    return Response(html, status, media_type="text/html; charset=utf-8", headers=headers)


async def on_not_here(request: Request, missing: NotHere) -> Response:
    """Says what is not there or not done, and what is there."""
    if wants_json(request) or request.scope["path"].startswith(f"{START}/api/"):
        return problem(missing)
    return board_page(request, "not_here.html", status=missing.status, missing=missing)


async def on_missing(request: Request, missing: Missing) -> Response:
    """Something that a page or an action needs is not there now."""
    return await on_not_here(request, NotHere("Not now", f"{missing.message} {missing.hint}", status=503))


async def on_mongodb(request: Request, error: Exception) -> Response:
    """MongoDB does not answer; never with the text of the error."""
    said = f"MongoDB does not answer as it must ({type(error).__name__}). The first page shows what was last known."
    return await on_not_here(request, NotHere("Not now", said, [(START, "The board")], status=503))


async def on_no_page(request: Request, _error: Exception) -> Response:
    """No page has this address."""
    detail = "The address may be mistyped, or what it was about is no more."
    return await on_not_here(request, NotHere("There is no such page", detail, SECTIONS))
