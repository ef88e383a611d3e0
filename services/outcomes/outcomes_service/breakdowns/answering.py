"""Answers questions: reads a table, in processes of its own where there is much to read, and keeps it while it is true.

A table answers every question about its measures and schemes, whatever the dimensions and the day. It is kept until
something was counted: `counted_so_far` changes with every transaction that writes journeys.
"""

import asyncio
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, NamedTuple, TypeVar

import msgspec
import structlog
from pymongo.asynchronous.database import AsyncDatabase

from outcomes_service.breakdowns import reading
from outcomes_service.breakdowns.behind import Behind, events_behind
from outcomes_service.breakdowns.conditions import checked
from outcomes_service.breakdowns.processes import CodeChanged, Makes, Processes
from outcomes_service.breakdowns.question import Question, Row, Unanswerable
from outcomes_service.breakdowns.reading import Journeys
from outcomes_service.breakdowns.restating import Restated, restatements
from outcomes_service.breakdowns.rows import rows
from outcomes_service.breakdowns.subjects import Finding, Subject
from outcomes_service.breakdowns.table import Asked, Table, Taking
from outcomes_service.counted import counted_so_far
from outcomes_service.indicators.catalogue import Known
from outcomes_service.projections.roll_ups import POINTER, READ_MODELS
from servicekit.settings import ServiceSettings

MOST_KEPT: Final = 4_000_000  # contributions and subjects of all that is kept: some 110 MB
MOST_CHANGED: Final = 20_000  # referrals of one list of restatements: some seconds of work
FEW: Final = 5_000  # documents that are read here sooner than other processes have begun

log = structlog.get_logger()

Database = AsyncDatabase[dict[str, Any]]
Ask = Callable[[Question], Awaitable[list[Row]]]
T = TypeVar("T", Table, list[Subject])


@dataclass(frozen=True)
class _Reading:
    """What has been read, and of what: it is true until something was counted."""

    database: str
    measures: frozenset[str]
    schemes: frozenset[str]
    known_on: datetime | None
    found: tuple[Question, str | None] | None = None  # whose subjects; None: a table


class _Kept(NamedTuple):
    counted: tuple[str, int]
    read: Any


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Some of the events behind a figure. `subjects` are all whom it counts; `next` begins the next page, if any."""

    subjects: int
    events: list[Behind]
    next: str | None


class Restatements(msgspec.Struct, frozen=True, kw_only=True):
    """A figure as it was known at two moments, and what changed it. `erased` referrals are in neither."""

    before: list[Row]
    after: list[Row]
    changes: list[Restated]
    erased: int


def asking(database: Database, known: Known) -> Ask:
    """For commands: each question is read anew, in this process. Raises `Unanswerable` when it is asked."""

    async def ask(question: Question) -> list[Row]:
        question = checked(question, known)
        asked = _asked(question, known)
        read = await _of_live(database, lambda journeys: _read_here(Taking, asked, question.known_on, journeys))
        return rows(read, question, known)

    return ask


class Breakdowns:
    """For services: what was read is kept while it is true; processes read, and end when nobody asks."""

    def __init__(self, known: Known, settings: ServiceSettings) -> None:
        self._known = known
        self._processes = Processes(known.fingerprint, settings)
        self._kept: OrderedDict[_Reading, _Kept] = OrderedDict()
        self._alone = asyncio.Lock()  # a reading takes every core

    async def ask(self, database: Database, question: Question) -> list[Row]:
        """The rows of a question. Raises `Unanswerable`."""
        question = checked(question, self._known)
        tables: list[Table] = await self._read(database, question, Taking)
        return await asyncio.to_thread(rows, tables, question, self._known)

    async def behind(
        self, database: Database, question: Question, part: str | None, *, after: str = "", most: int = 100
    ) -> Page:
        """The events behind a figure, of so many of those whom it counts. Raises `Unanswerable`."""
        question = checked(question, self._known)
        makes = partial(Finding, question=question, part=part)
        shares: list[list[Subject]] = await self._read(database, question, makes, (question, part))
        subjects = sorted(each for share in shares for each in share)
        first = bisect_right(subjects, after, key=lambda subject: subject[0])
        shown, journeys = subjects[first : first + most], await journeys_of(database)
        keys = [key for subject in shown for key in subject]
        found = await reading.documents(database[journeys], keys, question.known_on) if journeys else {}
        events = list(events_behind(shown, found, _asked(question, self._known), question, part))
        is_last = first + most >= len(subjects)
        return Page(subjects=len(subjects), events=events, next=None if is_last else shown[-1][0])

    async def restated(self, database: Database, question: Question, since: datetime) -> Restatements:
        """What changed in the figures since they were known at an earlier moment. Raises `Unanswerable`."""
        question = checked(question, self._known)
        known_on = question.known_on or datetime.now(UTC)
        asked, journeys = _asked(question, self._known), await journeys_of(database)
        documents = await reading.changed(database[journeys], asked, since, known_on, MOST_CHANGED) if journeys else []
        if len(documents) > MOST_CHANGED:
            said = f"More than {MOST_CHANGED:,} referrals changed: ask for a shorter time, or fewer schemes."
            raise Unanswerable("Too much changed", said)
        changes = await asyncio.to_thread(lambda: list(restatements(documents, asked, question, since)))
        return Restatements(
            before=await self.ask(database, msgspec.structs.replace(question, known_on=since)),
            after=await self.ask(database, question),
            changes=changes,
            erased=await reading.erased(database[journeys], since, known_on) if journeys else 0,
        )

    async def close(self) -> None:
        """End the processes."""
        self._processes.close()

    async def _read(
        self,
        database: Database,
        question: Question,
        makes: Callable[[Asked], Makes[T]],
        found: tuple[Question, str | None] | None = None,
    ) -> list[T]:
        """What was made of each share of the journeys: as it is kept, if nothing was counted since."""
        asked = _asked(question, self._known)
        wanted = _Reading(database.name, asked.measures_asked, asked.schemes_asked, question.known_on, found)
        kept = self._kept.get(wanted)
        if kept is None or kept.counted != await counted_so_far(database):
            async with self._alone:
                counted = await counted_so_far(database)
                kept = self._kept.get(wanted)
                if kept is None or kept.counted != counted:  # else somebody asked the same meanwhile
                    now = partial(self._read_now, asked, question.known_on, makes)
                    kept = _Kept(counted, await _of_live(database, now))
                    self._keep(wanted, kept)
        if wanted in self._kept:  # unless others needed its room meanwhile
            self._kept.move_to_end(wanted)
        read: list[T] = kept.read
        return read

    def _keep(self, wanted: _Reading, kept: _Kept) -> None:
        self._kept[wanted] = kept
        while sum(len(each) for one in self._kept.values() for each in one.read) > MOST_KEPT and len(self._kept) > 1:
            self._kept.popitem(last=False)

    async def _read_now(
        self, asked: Asked, known_on: datetime | None, makes: Callable[[Asked], Makes[T]], journeys: Journeys
    ) -> list[T]:
        if await journeys.estimated_document_count() > FEW:
            try:
                return await self._processes.read(makes, asked, known_on, journeys)
            except CodeChanged:
                log.warning("breakdown_read_here", because="files of code or schemes changed since the service began")
        return await _read_here(makes, asked, known_on, journeys)


async def _read_here(
    makes: Callable[[Asked], Makes[T]], asked: Asked, known_on: datetime | None, journeys: Journeys
) -> list[T]:
    making = makes(asked)
    await reading.read(journeys, asked, known_on, reading.Share(), making)
    return [making.done()]


async def _of_live(database: Database, read: Callable[[Journeys], Awaitable[list[T]]]) -> list[T]:
    """What is read of the live journeys: again if a rebuild took over meanwhile, which drops those it replaced."""
    while (journeys := await journeys_of(database)) is not None:
        found = await read(database[journeys])
        if journeys == await journeys_of(database):
            return found
    return []


async def journeys_of(database: Database) -> str | None:
    """The collection of the live journeys."""
    pointer = await database[READ_MODELS].find_one({"_id": POINTER})
    return str(pointer["journeys"]) if pointer else None


def _asked(question: Question, known: Known) -> Asked:
    return Asked(known.schemes, known.register, frozenset(question.measures), frozenset(question.schemes))
