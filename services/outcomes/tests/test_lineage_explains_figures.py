"""Summed up, what the events of drawn histories are counted in are the figures of the view that analysts read."""

import uuid
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

import pytest
from pymongo import AsyncMongoClient
from support.histories import History
from support.outcomes import journey, known
from support.real_parts import UniqueNames

from contracts.codec import topic_of
from contracts.envelope import Event
from contracts.outcome_recorded import OutcomeRecorded
from contracts.session_held import SessionHeld
from contracts.session_not_held import SessionNotHeld
from outcomes_service.indicators.counting import Tally
from outcomes_service.indicators.measure import DATA_QUALITY
from outcomes_service.lineage import CountedIn, Identity
from outcomes_service.projections.building import build, prepare
from outcomes_service.projections.cells import cells
from outcomes_service.projections.journeys import Journey
from outcomes_service.projections.persons import visit_of
from outcomes_service.store import CameOfIt, came_of
from servicekit.days import day_of
from servicekit.documents import to_stored

SCHEMES = ("james-wigg", "workwell", "gateshead", "salus-advice-line", "small-business-support")
OF_OUTCOMES = {"entered", "returned", "stayed", "completer-success", "work-at-52-weeks", "sustained-13"}
Row = tuple[str, str, str, str, bool]  # scheme, area, measure, definition, synthetic


@dataclass(frozen=True)
class Drawn:
    """Histories, the journeys that they make, and what came of each event."""

    database: Any
    journeys: dict[str, Journey]
    came_of: list[tuple[Event[Any], CameOfIt]]
    view: dict[Row, dict[str, int]]


@pytest.fixture(scope="module")
async def drawn(mongo_url: str) -> AsyncIterator[Drawn]:
    """Histories in the read models as the service builds them."""
    random = Random(11)
    schemes = [known().schemes[name] for name in SCHEMES]
    many = [History(random, number, schemes) for number in range(400)]
    made = {each.subject: journey(*_projected(each.events), key=each.subject) for each in many}
    histories = [each for each in many if each in many[:40] or _succeeds(made[each.subject])]
    journeys = {each.subject: made[each.subject] for each in histories}
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongo_url, tz_aware=True)
    database = client[UniqueNames(f"t{uuid.uuid4().hex[:10]}").database("outcomes")]
    try:
        names = await prepare(database, known())
        await database[names.journeys].insert_many([to_stored(made) for made in journeys.values()])
        await build(database, known(), names)
        rows = [row async for row in database["figures"].find()]
        told = [(event, await _came_of(database, event)) for each in histories for event in _projected(each.events)]
        yield Drawn(database, journeys, told, {_row(row): {part: row[part] or 0 for part in "knu"} for row in rows})
    finally:
        await client.drop_database(database.name)
        await client.close()


def _succeeds(made: Journey) -> bool:
    """Most drawn outcomes lie outside their windows: those that count are to be among what is looked at."""
    return any(part == "k" and cell.measure in OF_OUTCOMES for (cell, part, _), _ in cells(made, known()))


def _projected(events: list[Event[Any]]) -> list[Event[Any]]:
    return [event for event in events if not isinstance(event.data, SessionNotHeld)]


async def _came_of(database: Any, event: Event[Any]) -> CameOfIt:
    of = Identity(event.partner, event.type.split(".")[1], event.id)
    today = day_of((await database.command("hello"))["localTime"])
    return await came_of(database, known(), of, subject=event.subject, topic=topic_of(event), as_of=today)


def _row(row: dict[str, Any]) -> Row:
    return row["scheme_id"], row["area"], row["measure"], row["definition"], row["synthetic"]


def _key(each: CountedIn) -> Row:
    return each.scheme_id, each.area, each.measure, each.definition, each.synthetic


def _unit(each: CountedIn, made: Journey) -> str:
    """Whom the measure counts: the person, or the referral."""
    visit = visit_of(made)
    return visit[0] if known().measures[each.measure].unit == "person" and visit else made.id


def explained(drawn: Drawn, *kinds: type) -> dict[Row, Counter[str]]:
    """The sums of what events (of these kinds, or all) are counted in, each contribution of a case or person once."""
    by_unit: defaultdict[tuple[Row, str], Counter[tuple[str, str]]] = defaultdict(Counter)
    for event, came in drawn.came_of:
        for each in came.counted_in if not kinds or isinstance(event.data, kinds) else ():
            unit = _unit(each, drawn.journeys[event.subject])
            parts = Counter({(part, each.counts_from.isoformat()): count for part, count in each.parts.items()})
            by_unit[_key(each), unit] |= parts  # events of one case tell the same contribution
    sums: defaultdict[Row, Counter[str]] = defaultdict(Counter)
    for (row, _), parts in by_unit.items():
        for (part, _), count in parts.items():
            sums[row][part] += count
    return sums


def test_each_figure_is_what_the_events_behind_it_are_counted_in(drawn: Drawn) -> None:
    sums = explained(drawn)
    of_targets = {"reach-people", "contacts"}  # the view tells their k alone
    of_the_service = {row: figure for row, figure in drawn.view.items() if not _is_of_the_data(row[2])}
    for row, figure in of_the_service.items():
        wanted = {part: figure[part] for part in ("k" if row[2] in of_targets else "knu")}
        assert {part: sums[row][part] for part in wanted} == wanted, row
    assert len(of_the_service) > 30
    assert {row for row in sums if _is_in_view(row[2])} == set(of_the_service)


@pytest.mark.parametrize(
    ("kind", "measures"),
    [
        (SessionHeld, {"users", "start-rate", "left-with-plan", "conversion"}),
        (OutcomeRecorded, OF_OUTCOMES),
    ],
)
def test_each_success_is_told_of_the_events_that_say_so(drawn: Drawn, kind: type, measures: set[str]) -> None:
    sums = explained(drawn, kind)
    successes = {row: figure["k"] for row, figure in drawn.view.items() if row[2] in measures}
    assert {row: sums[row]["k"] for row in successes} == successes
    assert sum(successes.values()) > 5


def _is_of_the_data(measure: str) -> bool:
    return known().measures[measure].family == DATA_QUALITY


def _is_in_view(measure: str) -> bool:
    return set("kn") & _parts_of(measure) != set()


def _parts_of(measure: str) -> set[str]:
    name = type(known().measures[measure].counting).__name__
    return {"Share": {"k", "n", "u"}, "Tally": {"k"}, "Notes": {"k", "n"}}.get(name, set())


def test_sessions_add_up_to_the_contacts_one_by_one(drawn: Drawn) -> None:
    counted = sum(
        each.parts["k"]
        for event, came in drawn.came_of
        if isinstance(event.data, SessionHeld)
        for each in came.counted_in
        if isinstance(known().measures[each.measure].counting, Tally) and each.measure == "contacts"
    )
    in_view = sum(figure["k"] for row, figure in drawn.view.items() if row[2] == "contacts")
    assert counted == in_view > 5


def test_what_counts_in_nothing_says_why_and_what_is_erased_says_no_more(drawn: Drawn) -> None:
    reasons = Counter(came.not_counted.code for _, came in drawn.came_of if came.not_counted)
    assert not [event.id for event, came in drawn.came_of if not came.counted_in and not came.not_counted]
    assert {"superseded", "withdrawn", "voids_another", "outside_window", "erased"} <= reasons.keys()
    erased = [came for event, came in drawn.came_of if drawn.journeys[event.subject].erased_at]
    assert erased
    assert {(came.projected, came.counted_in) for came in erased} == {(None, ())}


async def test_what_the_read_models_lack_is_parked_there_on_its_way_or_never_comes(drawn: Drawn) -> None:
    subject = next(key for key, made in drawn.journeys.items() if made.scheme_id)

    async def why(event_id: str, topic: str) -> str:
        of = Identity("acme", "session-held", event_id)
        found = await came_of(drawn.database, known(), of, subject=subject, topic=topic, as_of=date(2026, 1, 1))
        assert found.projected is None
        return found.not_counted.code if found.not_counted else ""

    record = {"headers": [["ce_id", b"one-that-is-parked"], ["content-type", None]]}
    await drawn.database["parked"].insert_one({"loop": "projector", "key": subject, "record": record})
    assert await why("one-that-is-parked", "session-held") == "parked"
    assert await why("another", "session-held") == "on_its_way"
    assert await why("another", "session-not-held") == "no_measure"
