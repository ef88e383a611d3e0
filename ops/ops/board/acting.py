"""What pages on which one acts have in common: work that blocks, what a form says, what it lacks."""

import asyncio
import re
import secrets
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from fastapi import Request

from ops.board.frame import START, TEMPLATES
from ops.parked import ParkedRefused
from ops.parking.telling import moment
from outcomes_service.dashboard.layout import NotHere
from servicekit.signing_in_pages import read_form

T = TypeVar("T")

PARKED: Final = f"{START}/parked"
_FRESH: Final = re.compile(r"[0-9a-f]{32}")
_LONGEST: Final = 300
SAY_WHY: Final = "Say why"

TEMPLATES.globals["fresh"] = lambda: secrets.token_hex(16)
TEMPLATES.filters["moment"] = moment


async def done(work: Callable[[], T]) -> T:
    """What the work answers, in a thread of its own. What is parked no more becomes a page that says so."""
    try:
        return await asyncio.to_thread(work)
    except ParkedRefused as refused:
        raise NotHere("Not there", str(refused), [(PARKED, "What is parked")]) from None


async def form_of(request: Request) -> Mapping[str, str]:
    """What the form says, without blanks around it."""
    return {name: said.strip() for name, said in (await read_form(request)).items()}


def fresh_id(said: Mapping[str, str], name: str) -> str:
    """The id that the page gave its form, so that a form sent twice has one effect. Raises `NotHere`."""
    if not _FRESH.fullmatch(found := said.get(name, "")):
        raise NotHere(
            "Not done", "The form was not whole. Go back, load the page again, and send it again.", status=400
        )
    return found


def lacking(said: Mapping[str, str], name: str, words: str) -> dict[str, str]:
    """What is wrong with a line that has to be there; nothing if nothing is."""
    if not said.get(name):
        return {name: words}
    return too_long(said, name)


def too_long(said: Mapping[str, str], name: str) -> dict[str, str]:
    """What is wrong with a line that may be left out."""
    return {name: f"At most {_LONGEST} letters"} if len(said.get(name, "")) > _LONGEST else {}
