"""Parked records: their groups, one group, one record; remarks, and what a record says, uncovered, with a reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from fastapi import APIRouter, Request, Response

from ops import audit
from ops.board.acting import PARKED, SAY_WHY, done, form_of, fresh_id, lacking
from ops.board.entrance import require_operator
from ops.board.frame import TEMPLATES, board_page
from ops.board.here import here
from ops.board.pages.mendings import state
from ops.parked import Row, may_be_discarded, parked_records
from ops.parking import groups
from ops.parking.groups import Group
from ops.parking.masking import Said, masked, revealed
from ops.parking.meaning import meaning_of
from ops.parking.mending import Seen, mendings
from outcomes_service.dashboard.layout import NotHere
from servicekit.settings import ServiceSettings
from servicekit.signing_in_pages import to

_MOST_RECORDS: Final = 200
_LATEST: Final = 20

TEMPLATES.filters |= {"group": groups.name_of, "state": state}


@dataclass(frozen=True, slots=True)
class _Record:
    """One place, once for each loop that has it parked, and what stands there."""

    place: str
    rows: Sequence[Row]
    said: Said


def routes() -> APIRouter:
    """The pages."""
    router, record = APIRouter(), f"{PARKED}/records/{{topic}}/{{partition}}/{{offset}}"
    router.add_api_route(PARKED, list_groups, methods=["GET"], response_model=None)
    router.add_api_route(f"{PARKED}/groups/{{group}}", show_group, methods=["GET"], response_model=None)
    router.add_api_route(f"{PARKED}/groups/{{group}}/note", note, methods=["POST"], response_model=None)
    router.add_api_route(record, show_record, methods=["GET"], response_model=None)
    router.add_api_route(f"{record}/reveal", reveal, methods=["POST"], response_model=None)
    return router


async def list_groups(request: Request) -> Response:
    """What is parked, and what was done lately."""
    settings = here(request).settings
    found, meaning = await done(partial(_groups, settings))
    lately = await done(partial(_lately, settings))
    return board_page(request, "board/parked.html", here=PARKED, groups=found, meaning=meaning, mendings=lately)


async def show_group(request: Request) -> Response:
    """One group, with the first record of each key."""
    return await _group_page(request, {}, "")


async def note(request: Request) -> Response:
    """Keep a remark."""
    who, name = require_operator(request), request.path_params["group"]
    said = await form_of(request)
    if wrong := lacking(said, "note", "Say something"):
        return await _group_page(request, wrong, said.get("note", ""))
    await done(partial(_note, here(request).settings, name, fresh_id(said, "remark"), who, said["note"]))
    return to(f"{PARKED}/groups/{name}")


async def show_record(request: Request) -> Response:
    """One record, covered."""
    return await _record_page(request, {}, "")


async def reveal(request: Request) -> Response:
    """One record, uncovered; that it is looked at is put down before. Not a redirect: what it says has no address."""
    who = require_operator(request)
    said = await form_of(request)
    if wrong := lacking(said, "why", SAY_WHY):
        return await _record_page(request, wrong, said.get("why", ""))
    settings, place = here(request).settings, _place(request)
    found = await done(partial(_record, settings, place, uncovered=True))
    looked = audit.Entry(after={"revealed": place})
    await done(partial(audit.put_down, settings, f"parked show {place} --reveal", said["why"], looked, who=who))
    return _record_answer(request, found, {}, "", uncovered=True)


async def _group_page(request: Request, wrong: Mapping[str, str], said: str) -> Response:
    name: str = request.path_params["group"]
    there, meaning = await done(partial(_groups, here(request).settings))
    group = next((each for each in there if each.id == name), None)
    if group is None:
        others = [
            (f"{PARKED}/groups/{each.id}", f"{each.id}: {each.cause}, {each.service} {each.loop}") for each in there
        ]
        said_so = "It may have been mended meanwhile." if others else "It may have been mended: nothing is parked now."
        raise NotHere("No such group", said_so, others or [(PARKED, "What was done lately")])
    rows = await done(partial(_rows, here(request).settings, name))
    return board_page(
        request, "board/parked_group.html", status=422 if wrong else 200, here=PARKED, group=group,
        meaning=meaning[name], rows=rows, discardable=all(map(may_be_discarded, rows)), wrong=wrong, said=said,
    )  # fmt: skip


async def _record_page(request: Request, wrong: Mapping[str, str], given: str) -> Response:
    found = await done(partial(_record, here(request).settings, _place(request), uncovered=False))
    return _record_answer(request, found, wrong, given, uncovered=False)


def _record_answer(
    request: Request, found: _Record, wrong: Mapping[str, str], given: str, *, uncovered: bool
) -> Response:
    return board_page(
        request, "board/parked_record.html", status=422 if wrong else 200, here=PARKED, place=found.place,
        rows=found.rows, said=found.said, revealed=uncovered, wrong=wrong, given=given,
        discardable=all(map(may_be_discarded, found.rows)),
    )  # fmt: skip


def _place(request: Request) -> str:
    return "{topic}/{partition}/{offset}".format_map(request.path_params)


def _groups(settings: ServiceSettings) -> tuple[list[Group], dict[str, str]]:
    """The groups, and what each does to the figures."""
    with parked_records(settings) as there:
        found = groups.all_of(there, there.heads(), settings)
    return found, {each.id: meaning_of(each) for each in found}


def _rows(settings: ServiceSettings, name: str) -> list[Row]:
    with parked_records(settings) as there:
        return groups.members(there.heads(), name)[:_MOST_RECORDS]


def _record(settings: ServiceSettings, place: str, *, uncovered: bool) -> _Record:
    with parked_records(settings) as there:
        rows = there.at(place)
        record = there.record(rows[0])
    return _Record(place, rows, revealed(record) if uncovered else masked(record))


def _note(settings: ServiceSettings, name: str, remark: str, who: str, text: str) -> None:
    with parked_records(settings) as there:
        groups.members(there.heads(), name)
    with audit.operators_database(settings) as database:
        groups.remark(database, name, who, text, remark)


def _lately(settings: ServiceSettings) -> list[Seen]:
    with mendings(settings) as kept:
        return kept.latest(_LATEST)
