"""A mending: what would come of it, whether it shall be done, how far it is, what came of it."""

import time
from collections.abc import Mapping
from functools import partial
from typing import Final

from fastapi import APIRouter, Request, Response

from ops.board.acting import PARKED, SAY_WHY, done, form_of, fresh_id, lacking, too_long
from ops.board.entrance import require_operator
from ops.board.frame import TEMPLATES, board_page
from ops.board.here import here
from ops.parking.choosing import DISCARD, RETRY, Choice
from ops.parking.mending import AlreadyDone, Seen, mendings
from ops.parking.outlook import counted
from outcomes_service.dashboard.layout import NotHere
from servicekit.settings import ServiceSettings
from servicekit.signing_in_pages import to

MENDINGS: Final = f"{PARKED}/mendings"
_WAITS_SECONDS: Final = 2.0  # most dry runs are over by then, and the page need not be loaded again
_LOOK_EVERY_SECONDS: Final = 0.2
_STATES: Final = {
    "trying": "It is being tried out",
    "tried": "It was tried out",
    "unanswered": "It could not be tried out",
    "asked": "It is being done",
    "idle": "No service takes it up",
    "ended": "It is done",
}


def state(seen: Seen) -> str:
    """How a mending stands, in words."""
    if seen.state == "ended" and seen.words.get("parked"):
        return "It has ended, and some are parked still"
    if seen.state == "tried" and seen.outlook is None:
        return "There is nothing to do any more"
    return _STATES[seen.state]


TEMPLATES.filters |= {"counted": counted, "state": state}


def routes() -> APIRouter:
    """The pages."""
    router = APIRouter()
    router.add_api_route(MENDINGS, begin, methods=["POST"], response_model=None)
    router.add_api_route(f"{MENDINGS}/{{mending}}", show, methods=["GET"], response_model=None)
    router.add_api_route(f"{MENDINGS}/{{mending}}/ask", ask, methods=["POST"], response_model=None)
    return router


async def begin(request: Request) -> Response:
    """Try it out."""
    who = require_operator(request)
    said = await form_of(request)
    mending, what = fresh_id(said, "mending"), said.get("what")
    choice = Choice(place=said.get("place", ""), group=said.get("group", ""))
    if what not in (RETRY, DISCARD) or bool(choice.place) + bool(choice.group) + ("all" in said) != 1:
        raise NotHere("Not done", "The form does not say what is to be tried out.", [(PARKED, "What is parked")], 400)
    await done(partial(_begin, here(request).settings, mending, what, choice, who))
    return to(f"{MENDINGS}/{mending}")


async def show(request: Request) -> Response:
    """How it stands; the answer waits a moment for what is nearly there."""
    seen = await done(partial(_look, here(request).settings, request.path_params["mending"], _WAITS_SECONDS))
    return _page(request, seen, {}, "")


async def ask(request: Request) -> Response:
    """Do what was tried out."""
    who, settings, mending = require_operator(request), here(request).settings, request.path_params["mending"]
    said = await form_of(request)
    seen = await done(partial(_look, settings, mending))
    is_discard = seen.what == DISCARD
    if wrong := lacking(said, "why", SAY_WHY) if is_discard else too_long(said, "why"):
        return _page(request, seen, wrong, said.get("why", ""))
    await done(partial(_ask, settings, mending, said.get("why", ""), who))
    return to(f"{MENDINGS}/{mending}")


def _page(request: Request, seen: Seen, wrong: Mapping[str, str], given: str) -> Response:
    status = 422 if wrong else 200
    return board_page(request, "board/mending.html", status=status, here=PARKED, seen=seen, wrong=wrong, given=given)


def _begin(settings: ServiceSettings, mending: str, what: str, choice: Choice, who: str) -> None:
    with mendings(settings) as kept:
        kept.begin(mending, what, choice, who)


def _look(settings: ServiceSettings, mending: str, seconds: float = 0) -> Seen:
    until = time.monotonic() + seconds
    with mendings(settings) as kept:
        while (seen := kept.look(mending)).moves and time.monotonic() < until:
            time.sleep(_LOOK_EVERY_SECONDS)
    return seen


def _ask(settings: ServiceSettings, mending: str, why: str, who: str) -> None:
    """Whoever is second finds on the page what the first did."""
    with mendings(settings) as kept:
        try:
            kept.ask(mending, why, who)
        except AlreadyDone:
            return
