"""Keeps persons and cells beside the journeys, in the same transaction: new minus old contributions.

One roll-up document a lane, so that lanes do not conflict. Each lane has a seal beside its roll-ups: whoever builds
them anew seals the old ones first, and a write into sealed ones fails. A worker of another version can thus never add
to roll-ups that nobody reads, nor leave out what it adds to the journeys.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from pymongo import DeleteOne, ReplaceOne, UpdateOne
from pymongo.errors import PyMongoError

from contracts.envelope import Event, Payload
from contracts.topics import CANONICAL_PARTITIONS
from outcomes_service.indicators.catalogue import Known
from outcomes_service.projections.cells import Cell, Counts, add, cells_of_person, difference
from outcomes_service.projections.differences import by_figure
from outcomes_service.projections.journeys import Journey
from outcomes_service.projections.persons import PersonRow, Visit, row_from, visit_of
from servicekit.companion import Change
from servicekit.days import day_of
from servicekit.lanes import lane

WriteOfPerson = DeleteOne | ReplaceOne[dict[str, Any]]

POINTER: Final = "figures"
READ_MODELS: Final = "read_models"


class ReadModelMoved(PyMongoError):  # noqa: N818  not an error: the driver's kind, so that it is waited out
    """The roll-ups are built anew, or were for another version: the batch is tried again until they are ours."""


@dataclass(frozen=True, slots=True)
class Names:
    """The collections of one version of the read models."""

    journeys: str
    persons: str
    cells: str

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Names":
        """As a stored document, such as the pointer, has them."""
        return cls(stored["journeys"], stored["persons"], stored["cells"])


class RollUps:
    """The projector's companion. It follows the pointer, unless `names` say which version it writes, live or not."""

    def __init__(self, known: Known, names: Names | None = None) -> None:
        self._known = known
        self._names = names
        self._moved = names is None

    def begin(self, names: Names) -> None:
        """Take these for the live ones until we look."""
        self._names = names

    def journeys(self) -> str:
        """The collection of the journeys, as of when we last looked."""
        if self._names is None:
            raise ReadModelMoved
        return self._names.journeys

    async def load(self, database: Any, _session: Any, _events: Sequence[Event[Payload]]) -> Names | None:
        """Where to write. After a move the batch begins again: its journeys were read from where they are no longer."""
        if self._moved:
            pointer = await database[READ_MODELS].find_one({"_id": POINTER})
            if pointer is None or pointer["fingerprint"] != self._known.fingerprint:
                raise ReadModelMoved
            before, self._names, self._moved = self._names, Names.of(pointer), False
            if before is not None and before.journeys != self._names.journeys:
                raise ReadModelMoved
        return self._names

    async def write(self, database: Any, session: Any, changes: Sequence[Change[Journey]], beside: Names) -> None:
        """Add to persons and cells what the changed journeys make of a difference."""
        moved, of_persons = await self._differences(database[beside.persons], session, changes)
        if of_persons:
            await database[beside.persons].bulk_write(of_persons, session=session)
        updates = [update for number, counts in moved.items() for update in updates_of(number, counts)]
        seals = [_still_open(number) for number in moved]
        written = await database[beside.cells].bulk_write([*seals, *updates], session=session)
        if written.matched_count + written.upserted_count != len(seals) + len(updates):
            self._moved = True
            raise ReadModelMoved

    async def would(
        self, database: Any, session: Any, changes: Sequence[Change[Journey]], beside: Names
    ) -> Sequence[dict[str, Any]]:
        """By how much each figure of a scheme would differ; nothing is written."""
        moved, _ = await self._differences(database[beside.persons], session, changes)
        return by_figure(moved.values(), self._known, day_of(datetime.now(UTC)))

    async def _differences(
        self, persons: Any, session: Any, changes: Sequence[Change[Journey]]
    ) -> tuple[Mapping[int, Counts], Sequence[WriteOfPerson]]:
        """What the changed journeys add to the sums of each lane, and what becomes of their persons."""
        moved: dict[int, Counts] = defaultdict(Counter)
        visits: dict[str, dict[str, Visit | None]] = defaultdict(dict)
        for change in changes:
            counts = moved[lane_of(change.after.id)]
            add(counts, difference(change.before, change.after, self._known))
            _compare_visits(visits, change)
        return moved, await self._persons(persons, session, visits, moved) if visits else ()

    async def _persons(
        self,
        persons: Any,
        session: Any,
        visits: Mapping[str, Mapping[str, Visit | None]],
        moved: Mapping[int, Counts],
    ) -> Sequence[WriteOfPerson]:
        """Add to the sums what the persons make of a difference; how they are to be written."""
        found = persons.find({"_id": {"$in": list(visits)}}, session=session, batch_size=len(visits) + 1)
        stored = {entry["_id"]: row_from(entry) async for entry in found}
        writes: list[WriteOfPerson] = []
        for person, changed in visits.items():
            before = stored.get(person) or PersonRow(id=person)
            after = PersonRow(id=person, visits=_with(before.visits, changed))
            counts = moved[lane_of(next(iter(changed)))]
            add(counts, cells_of_person(after, self._known))
            add(counts, cells_of_person(before, self._known), -1)
            if after.visits:
                writes.append(ReplaceOne({"_id": person}, msgspec.to_builtins(after), upsert=True))
            else:
                writes.append(DeleteOne({"_id": person}))
        return writes


def lane_of(key: str) -> int:
    """The lane of a referral or practice: that of its records on every canonical topic."""
    return lane(key.encode(), CANONICAL_PARTITIONS)


def updates_of(number: int, counts: Counts) -> Iterable[UpdateOne]:
    """One update for each roll-up document of the lane that the counts change."""
    by_cell: dict[Cell, dict[str, int]] = defaultdict(dict)
    for (cell, part, day), count in counts.items():
        if count:
            by_cell[cell][f"parts.{part}.{day.isoformat()}"] = count
    for cell, increments in by_cell.items():
        name = "/".join((str(number), *cell[:4], "synthetic" if cell.synthetic else "real"))
        yield UpdateOne({"_id": name}, {"$inc": increments, "$setOnInsert": cell._asdict()}, upsert=True)


def seals() -> list[dict[str, Any]]:
    """The open seals of new roll-ups: one a lane."""
    return [{"_id": f"lane-{number}", "writes": 0} for number in range(CANONICAL_PARTITIONS)]


def _still_open(number: int) -> UpdateOne:
    """Counts a write, unless the roll-ups are sealed for ever, or held for the moment in which the next take over.

    That the clocks of two machines differ makes a takeover wait, or be tried again, and nothing worse.
    """
    open_now = {"sealed": {"$exists": False}, "held_until": {"$not": {"$gt": datetime.now(UTC)}}}
    return UpdateOne({"_id": f"lane-{number}", **open_now}, {"$inc": {"writes": 1}})


def _compare_visits(visits: dict[str, dict[str, Visit | None]], change: Change[Journey]) -> None:
    before, after = visit_of(change.before), visit_of(change.after)
    if before == after:
        return
    if before is not None:
        visits[before[0]][change.after.id] = None
    if after is not None:
        visits[after[0]][change.after.id] = after[1]


def _with(visits: Mapping[str, Visit], changed: Mapping[str, Visit | None]) -> dict[str, Visit]:
    kept = {referral: visit for referral, visit in {**visits, **changed}.items() if visit is not None}
    return dict(sorted(kept.items())) if len(kept) > 1 else kept
