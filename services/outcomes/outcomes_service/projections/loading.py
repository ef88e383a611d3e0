"""Loads a lane into a version of the read models that nobody serves yet: each document inserted once, in large batches.

Everything here may be done again after a kill: a lane folds to the same documents, those that are there already are
found the same, and what cannot be repeated (sums, what is parked) is written in the one transaction that ends the lane.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from pymongo import UpdateOne
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError

from contracts.envelope import Record
from outcomes_service.indicators.catalogue import Known
from outcomes_service.projections.cells import Counts, add, cells
from outcomes_service.projections.journeys import PROJECTS, Journey
from outcomes_service.projections.lanes import LaneFold, Slice, journey_of
from outcomes_service.projections.persons import Visit, visit_of
from outcomes_service.projections.roll_ups import Names
from servicekit.documents import from_stored, to_stored
from servicekit.fold import fold
from servicekit.folded import Parked, Surroundings
from servicekit.partners import Partners
from servicekit.positions import Position
from servicekit.reading import read

_DOCUMENTS_AT_ONCE: Final = 2_000
_DUPLICATE_KEY: Final = 11000

Collection = AsyncCollection[dict[str, Any]]
Reads = Callable[[], AsyncIterator[list[Record]]]


@dataclass
class Loaded:
    """What a lane came to. `mixed`: keys of it stand in other lanes too, so sums must be worked out from journeys."""

    documents: int = 0
    counts: Counts = field(default_factory=Counter)
    endings: defaultdict[Position, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    parked: list[Parked] = field(default_factory=list)
    mixed: bool = False


class Loader:
    """Loads one lane. `reads` gives its records from the beginning, each time it is called; `told` how many came."""

    def __init__(
        self,
        database: AsyncDatabase[dict[str, Any]],
        names: Names,
        known: Known,
        reads: Reads,
        told: Callable[[int], None],
    ) -> None:
        self._journeys, self._persons = database[names.journeys], database[names.persons]
        self._known, self._reads, self._told = known, reads, told
        self._partners = Partners(database["partners"])
        self._visits: defaultdict[str, dict[str, Visit]] = defaultdict(dict)
        self._inserting: asyncio.Task[None] | None = None
        self.loaded = Loaded()

    async def load(self, slices: int) -> Loaded:
        """Load the lane, so many parts of its keys one after the other."""
        for number in range(slices):
            part, lane = Slice(number, slices), LaneFold()
            async for records in self._reads():
                lane.take(records, part)
                if number == 0:
                    self._told(len(records))
            await self._write(lane, part)
        return self.loaded

    async def _write(self, lane: LaneFold, part: Slice) -> None:
        chunk: list[dict[str, Any]] = []
        for journey in lane.journeys():
            chunk.append(self._counted(journey))
            if len(chunk) == _DOCUMENTS_AT_ONCE:
                await self._insert(chunk)
                chunk = []
        apart = [*lane.unreadable, *await self._records_of(lane.failing, part)]
        chunk += self._one_by_one(apart)
        await self._insert(chunk)
        await self._all_inserted()
        await self._write_persons()
        for position, ended in lane.endings(apart).items():
            self.loaded.endings[position] += ended

    def _counted(self, journey: Journey) -> dict[str, Any]:
        """The document to be stored; what it counts in, and who its person is, is kept."""
        add(self.loaded.counts, cells(journey, self._known))
        if visit := visit_of(journey):
            self._visits[visit[0]][journey.id] = visit[1]
        self.loaded.documents += 1
        return to_stored(journey)

    async def _records_of(self, keys: set[bytes], part: Slice) -> list[Record]:
        """Read again what is about these few keys."""
        if not keys:
            return []
        return [r async for records in self._reads() for r in records if r.key in keys and part.holds(r.key)]

    def _one_by_one(self, records: Sequence[Record]) -> list[dict[str, Any]]:
        """Fold as the loop does, which parks what fails and what stands behind it. Raises `TooManyFailures`."""
        if not records:
            return []
        items = [read(record, self._partners, remembers=False) for record in records]
        around = Surroundings(PROJECTS, Journey, self._partners, self._known, datetime.now(UTC), None, {}, {})
        folded = fold(items, {}, around)
        self.loaded.parked += folded.parked
        for position, ended in folded.endings.items():
            self.loaded.endings[position] += ended
        return [self._counted(change.after) for change in folded.changes.values()]

    async def _insert(self, documents: list[dict[str, Any]]) -> None:
        """Insert while the next are made; one such batch at a time."""
        await self._all_inserted()
        if documents:
            self._inserting = asyncio.create_task(self._insert_journeys(documents))
            await asyncio.sleep(0)  # lets it be sent before we go on

    async def _all_inserted(self) -> None:
        if self._inserting is not None:
            await self._inserting
            self._inserting = None

    async def _insert_journeys(self, documents: list[dict[str, Any]]) -> None:
        there = await _insert_new(self._journeys, documents)
        for ours in there:
            await self._merge(ours)

    async def _merge(self, ours: dict[str, Any]) -> None:
        """A document that is there: our own of before a kill, or another lane's, whose facts are added to ours."""
        while theirs := await self._journeys.find_one({"_id": ours["_id"]}):
            if from_stored(Journey, theirs) == from_stored(Journey, ours):
                return
            self.loaded.mixed = True
            as_read = {"_id": ours["_id"], "version": theirs.get("version", {"$exists": False})}
            merged = to_stored(_merged(ours, theirs))
            if merged == theirs or (await self._journeys.replace_one(as_read, merged)).matched_count:
                return

    async def _write_persons(self) -> None:
        rows = [
            {"_id": person, "visits": msgspec.to_builtins(dict(sorted(visits.items())))}
            for person, visits in self._visits.items()
        ]
        self._visits.clear()
        for first in range(0, len(rows), _DOCUMENTS_AT_ONCE):
            there = await _insert_new(self._persons, rows[first : first + _DOCUMENTS_AT_ONCE])
            if there:
                await self._persons.bulk_write([_with_visits(row) for row in there], ordered=False)


async def _insert_new(collection: Collection, documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Insert, and return those whose key was there already."""
    try:
        await collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        errors = (error.details or {}).get("writeErrors", [])
        if (error.details or {}).get("writeConcernErrors") or any(e["code"] != _DUPLICATE_KEY for e in errors):
            raise
        return [documents[e["index"]] for e in errors]
    return []


def _with_visits(row: dict[str, Any]) -> UpdateOne:
    visits = {f"visits.{referral}": visit for referral, visit in row["visits"].items()}
    return UpdateOne({"_id": row["_id"]}, {"$set": visits})


def _merged(ours: dict[str, Any], theirs: dict[str, Any]) -> Journey:
    """One journey of the facts of two; what is parked of either stays parked."""
    one, other = from_stored(Journey, ours), from_stored(Journey, theirs)
    erased = [at for at in (one.erased_at, other.erased_at) if at is not None]
    if erased:
        return Journey(id=one.id, version=1, erased_at=min(erased))
    facts = {(fact.partner, fact.type, fact.id): fact for fact in (*one.facts, *other.facts)}
    merged = journey_of(one.id, list(facts.values()))
    merged.parked, merged.last_parked = one.parked + other.parked, one.last_parked + other.last_parked
    return merged
