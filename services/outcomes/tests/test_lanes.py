"""Does a lane that is folded in memory make what the projector's own fold makes, record by record?"""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import pytest
from pymongo import AsyncMongoClient
from support.events import session_held, withdrawn
from support.histories import History
from support.outcomes import accepted, known
from support.real_parts import UniqueNames

from contracts import codec
from contracts.entry_withdrawn import EntryWithdrawn
from contracts.envelope import Event, Record
from outcomes_service.projections import facts
from outcomes_service.projections.building import create
from outcomes_service.projections.journeys import PROJECTS, Journey
from outcomes_service.projections.lanes import LaneFold, Slice
from outcomes_service.projections.loading import Loader
from outcomes_service.projections.roll_ups import Names
from outcomes_service.projections.shapes import WithdrawalShape
from servicekit.documents import from_stored
from servicekit.fold import fold
from servicekit.folded import Folded, Surroundings
from servicekit.partners import Partners
from servicekit.reading import read

NAMES = Names("journeys_v9", "persons_nine", "cells_nine")
UNREADABLE = Record("session-held", 3, 900, None, b"?", ())


def log(histories: int, seed: int = 1) -> list[Record]:
    """What stands on the topics of a lane: shuffled between referrals, some of it twice."""
    random = Random(seed)
    shown = [scheme for scheme in known().schemes.values() if scheme.areas]
    events = [said for n in range(histories) for said in History(Random(n), n, shown).events]
    events = [said for said in events if said.type != "footing.session-not-held.v1"]
    events += random.sample(events, len(events) // 10)
    random.shuffle(events)
    return [codec.encode(said)._replace(partition=3, offset=n) for n, said in enumerate(events)]


UNLUCKY = "00000000-0000-4000-8000-00000000dead"  # what voids this meets a bug


def raises() -> Record:
    record = codec.encode(accepted(withdrawn(session_held(101))))
    said = json.loads(record.value or b"")
    said["withdraws"]["id"] = UNLUCKY
    return record._replace(value=json.dumps(said).encode(), partition=3, offset=901)


@pytest.fixture
def bug(monkeypatch: pytest.MonkeyPatch) -> None:
    def voided(event: Event[Any], base: dict[str, Any]) -> facts.Voided:
        if event.data.withdraws.id == UNLUCKY:
            raise ValueError("a bug")
        return facts._voided(event, base)

    for kind in (EntryWithdrawn, WithdrawalShape):
        monkeypatch.setitem(facts._MAKE, kind, voided)


def by_the_loop(records: list[Record]) -> Folded[Journey]:
    partners = Partners(None)
    around = Surroundings(PROJECTS, Journey, partners, known(), accepted(session_held()).time, None, {}, {})
    return fold([read(record, partners, remembers=False) for record in records], {}, around)


def plain(journey: Journey) -> Journey:
    """The version of an erased journey counts what came before, which depends on the order."""
    if journey.erased_at is not None:
        journey.version = 1
    return journey


@pytest.mark.parametrize("slices", [1, 3])
def test_the_same_documents_whatever_the_slices(slices: int) -> None:
    records = log(80)
    expected = {key: plain(change.after) for key, change in by_the_loop(records).changes.items()}
    made: dict[str, Journey] = {}
    heard: Counter[str] = Counter()
    for number in range(slices):
        lane = LaneFold()
        lane.take(records, Slice(number, slices))
        made |= {journey.id: plain(journey) for journey in lane.journeys()}
        for ended in lane.endings([]).values():
            heard.update(ended)
    assert made == expected
    assert heard.total() == len(records)
    assert heard["ignored"] >= len(records) // 12


@pytest.fixture
async def database(mongo_url: str, unique_names: UniqueNames) -> AsyncIterator[Any]:
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(mongo_url, tz_aware=True)
    database = client[unique_names.database("outcomes")]
    await create(database, NAMES)
    yield database
    await client.drop_database(database.name)
    await client.close()


def loader(database: Any, records: list[Record]) -> Loader:
    async def reads() -> AsyncIterator[list[Record]]:
        for first in range(0, len(records), 100):
            yield records[first : first + 100]
            await asyncio.sleep(0)

    return Loader(database, NAMES, known(), reads, lambda _: None)


async def stored(database: Any) -> dict[str, Journey]:
    return {entry["_id"]: plain(from_stored(Journey, entry)) async for entry in database[NAMES.journeys].find()}


async def test_what_cannot_be_folded_is_parked_as_the_loop_parks_it(database: Any, bug: None) -> None:
    behind = codec.encode(accepted(session_held(102, session=902)))._replace(partition=3, offset=902)
    records = [*log(20), UNREADABLE, raises(), behind]
    expected = by_the_loop(records)
    loaded = await loader(database, records).load(2)
    assert Counter(entry.cause for entry in loaded.parked) == Counter(entry.cause for entry in expected.parked)
    assert [entry.record.offset for entry in loaded.parked if entry.cause == "behind"] == [902]
    assert await stored(database) == {key: plain(change.after) for key, change in expected.changes.items()}
    ended: defaultdict[str, int] = defaultdict(int)
    for counts in loaded.endings.values():
        for word, count in counts.items():
            ended[word] += count
    assert (sum(ended.values()), ended["parked"]) == (len(records), 3)


async def test_a_lane_that_is_loaded_again_finds_the_same(database: Any) -> None:
    records = log(30)
    first = await loader(database, records).load(1)
    before = await stored(database)
    again = await loader(database, records).load(2)
    assert await stored(database) == before
    assert (again.counts, again.mixed, again.documents) == (first.counts, False, first.documents)


async def test_a_key_that_stands_in_two_lanes_is_one_journey_and_is_told_of(database: Any) -> None:
    records = log(30)
    await loader(database, records[::2]).load(1)
    second = await loader(database, records[1::2]).load(1)
    expected = {key: plain(change.after) for key, change in by_the_loop(records).changes.items()}
    assert second.mixed
    assert await stored(database) == expected
