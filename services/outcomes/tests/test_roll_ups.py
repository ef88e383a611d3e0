"""Are persons and cells, written beside the journeys, what a build from the journeys makes of them?"""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from pymongo import AsyncMongoClient
from support.events import accepted_referral, at, event, numbered, session_held, withdrawn
from support.outcomes import accepted, fit_notes, known, programme, work_status
from support.real_parts import UniqueNames

from contracts.envelope import Event
from contracts.erasure_requested import ErasureRequested
from outcomes_service.indicators.catalogue import Known
from outcomes_service.projections import building
from outcomes_service.projections.building import JOURNEYS, prepare
from outcomes_service.projections.journeys import PROJECTS, Journey, completed
from outcomes_service.projections.roll_ups import POINTER, READ_MODELS, Names, ReadModelMoved, RollUps
from outcomes_service.projections.verifying import add_roll_up
from servicekit.companion import Change
from servicekit.documents import from_stored, to_stored
from servicekit.endings import Accept
from servicekit.hears import Moment

PERSON = numbered(7000)
ANEW = Names(JOURNEYS, "persons_anew", "cells_anew")


def about(number: int) -> dict[str, Any]:
    return {"referral_id": numbered(number), "scheme_id": "workwell", "scheme_area": "south-yorkshire"}


def erased(number: int) -> Event[Any]:
    said = {"referral_id": numbered(number), "reason_code": "person_asked"}
    when = at("2026-02-01")
    return replace(event(ErasureRequested, said, partner="footing", time=when), accepted_at=when)


# The same person twice, in two areas; a correction, a withdrawal, an erasure; a practice.
STORY = [
    accepted_referral(1, **about(1), person_ref=PERSON),
    accepted_referral(2, **(about(2) | {"scheme_area": "black-country"}), person_ref=PERSON, on="2025-01-06T10:00"),
    accepted_referral(3, **about(3), person_ref=numbered(7003)),
    accepted(session_held(101, referral_id=numbered(1))),
    accepted(session_held(102, referral_id=numbered(2), session=902)),
    accepted(session_held(103, referral_id=numbered(3), session=903)),
    programme(on="2025-06-02", number=301, referral_id=numbered(1)),
    work_status(0, "entered_work", on="2025-06-02", number=401, referral_id=numbered(1)),
    accepted(withdrawn(accepted(session_held(102, referral_id=numbered(2), session=902)), id=numbered(150))),
    fit_notes("F83023"),
    erased(3),
]


class Changed(Known):
    """The same reference data under a newer version of the measures."""

    fingerprint = "another"  # type: ignore[assignment]


@pytest.fixture
async def database(mongo_url: str, unique_names: UniqueNames) -> AsyncIterator[Any]:
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongo_url, tz_aware=True)
    database = client[unique_names.database("outcomes")]
    await prepare(database, known())
    yield database
    await client.drop_database(database.name)
    await client.close()


async def put(database: Any, events: list[Event[Any]], companion: RollUps) -> None:
    """Fold the events as one batch, and write journeys and roll-ups in one transaction."""
    changes: dict[str, Change[Journey]] = {}
    for said in events:
        key = said.subject
        if key not in changes:
            stored = await database[JOURNEYS].find_one({"_id": key})
            before = from_stored(Journey, stored) if stored else Journey(id=key)
            changes[key] = Change(before, before)
        ending = PROJECTS.follow[type(said.data)](changes[key].after, said, Moment(said.accepted_at, None, known()))
        if isinstance(ending, Accept):
            changes[key] = Change(changes[key].before, completed(ending.document))
    async with database.client.start_session() as session, await session.start_transaction():
        beside = await companion.load(database, session, events)
        for key, change in changes.items():
            await database[JOURNEYS].replace_one({"_id": key}, to_stored(change.after), upsert=True, session=session)
        await companion.write(database, session, list(changes.values()), beside)


async def stored(database: Any, names: Names) -> tuple[Counter[Any], dict[str, Any]]:
    counts: Counter[Any] = Counter()
    async for roll_up in database[names.cells].find():
        add_roll_up(counts, roll_up)
    persons = {row["_id"]: row["visits"] async for row in database[names.persons].find()}
    return Counter({key: count for key, count in counts.items() if count}), persons


async def live(database: Any) -> Names:
    pointer = await database[READ_MODELS].find_one({"_id": POINTER})
    return Names.of(pointer)


@pytest.mark.parametrize("size", [1, 3, len(STORY)])
async def test_whatever_the_batches_they_equal_a_build_from_the_journeys(database, size):
    companion = RollUps(known())
    for first in range(0, len(STORY), size):
        await put(database, STORY[first : first + size], companion)
    await building.build(database, known(), ANEW)
    counts, persons = await stored(database, await live(database))
    assert (counts, persons) == await stored(database, ANEW)
    assert list(persons) == [f"workwell/acme/{PERSON}"]
    assert len(persons[f"workwell/acme/{PERSON}"]) == 2


async def test_a_person_of_two_referrals_is_one_user_in_the_area_of_the_first(database):
    await put(database, STORY, RollUps(known()))
    rows = [row async for row in database["figures"].find({"measure": "users"})]
    assert [(row["area"], row["k"], row["n"]) for row in rows] == [("black-country", 1, 1)]


async def test_other_measures_are_built_before_they_serve_and_the_old_are_dropped(database):
    await put(database, STORY, RollUps(known()))
    before, names = await stored(database, await live(database)), await live(database)
    await prepare(database, Changed(known().schemes, known().register))
    assert await live(database) != names
    assert await stored(database, await live(database)) == before
    assert not {names.cells, names.persons} & set(await database.list_collection_names())
    assert [row async for row in database["figures"].find({"measure": "fit-note-share"})]


async def test_a_worker_of_the_old_measures_can_write_no_more(database):
    old = RollUps(known())
    await put(database, STORY[:1], old)
    await prepare(database, Changed(known().schemes, known().register))
    with pytest.raises(ReadModelMoved):
        await put(database, STORY[1:2], old)
    assert await database[JOURNEYS].count_documents({}) == 1


async def test_while_they_are_built_nobody_can_write(database):
    companion = RollUps(known())
    await put(database, STORY[:1], companion)
    await database[(await live(database)).cells].update_many({"_id": {"$regex": "^lane"}}, {"$set": {"sealed": True}})
    with pytest.raises(ReadModelMoved):
        await put(database, STORY[1:2], companion)
    await prepare(database, known())  # a build that was begun and not ended is done again
    await put(database, STORY[1:2], companion)
    assert await database[JOURNEYS].count_documents({}) == 2


async def test_starting_again_builds_nothing(database):
    names = await live(database)
    await prepare(database, known())
    assert await live(database) == names


async def test_a_referral_of_a_scheme_that_is_not_known_here_counts_in_nothing_and_stops_nobody(database):
    elsewhere = accepted_referral(1, **(about(1) | {"scheme_id": "of-another-version"}))
    await put(database, [elsewhere, accepted_referral(3, **about(3))], RollUps(known()))
    assert [row["n"] async for row in database["figures"].find({"measure": "users"})] == [1]
    assert await database[JOURNEYS].count_documents({}) == 2
