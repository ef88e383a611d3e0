"""Answers questions: reads a table, in processes of its own where there is much to read, and keeps it while it is true.

A table answers every question about its measures and schemes, whatever the dimensions and the day. It is kept until
something was counted: `counted_so_far` changes with every transaction that writes journeys.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final, NamedTuple

from pymongo.asynchronous.database import AsyncDatabase

from outcomes_service.breakdowns import reading
from outcomes_service.breakdowns.conditions import checked
from outcomes_service.breakdowns.processes import Processes
from outcomes_service.breakdowns.question import Question, Row
from outcomes_service.breakdowns.rows import rows
from outcomes_service.breakdowns.table import Asked, Table, Taking
from outcomes_service.counted import counted_so_far
from outcomes_service.indicators.catalogue import Known
from outcomes_service.projections.roll_ups import POINTER, READ_MODELS
from servicekit.settings import ServiceSettings

MOST_KEPT: Final = 4_000_000  # contributions of all tables that are kept: some 110 MB
_FEW: Final = 5_000  # documents that one process reads sooner than others have begun

Database = AsyncDatabase[dict[str, Any]]
Ask = Callable[[Question], Awaitable[list[Row]]]


class _Wanted(NamedTuple):
    """What a table is of."""

    database: str
    measures: frozenset[str]
    schemes: frozenset[str]
    known_on: datetime | None


class _Kept(NamedTuple):
    counted: tuple[str, int]
    table: Table


def asking(database: Database, known: Known) -> Ask:
    """For commands: each question is read anew, in this process. Raises `Unanswerable` when it is asked."""

    async def ask(question: Question) -> list[Row]:
        question = checked(question, known)
        return rows(await _read_here(database, _asked(question, known), question.known_on), question, known)

    return ask


class Breakdowns:
    """For services: tables are kept while they are true, and read by processes that end when nobody asks."""

    def __init__(self, known: Known, settings: ServiceSettings) -> None:
        self._known = known
        self._processes = Processes(known.fingerprint, settings)
        self._kept: OrderedDict[_Wanted, _Kept] = OrderedDict()
        self._reading = asyncio.Lock()  # one at a time: it takes every core

    async def ask(self, database: Database, question: Question) -> list[Row]:
        """The rows of a question. Raises `Unanswerable`."""
        question = checked(question, self._known)
        return await asyncio.to_thread(rows, await self._table(database, question), question, self._known)

    async def close(self) -> None:
        """End the processes."""
        self._processes.close()

    async def _table(self, database: Database, question: Question) -> Table:
        wanted = _Wanted(database.name, frozenset(question.measures), frozenset(question.schemes), question.known_on)
        if (found := await self._true(database, wanted)) is not None:
            return found
        async with self._reading:
            if (found := await self._true(database, wanted)) is not None:  # somebody asked the same meanwhile
                return found
            counted = await counted_so_far(database)
            table = await self._read(database, _asked(question, self._known), question.known_on)
            self._keep(wanted, _Kept(counted, table))
            return table

    async def _true(self, database: Database, wanted: _Wanted) -> Table | None:
        """The table that is kept, if nothing was counted since it was read."""
        kept = self._kept.get(wanted)
        if kept is None or kept.counted != await counted_so_far(database):
            return None
        self._kept.move_to_end(wanted)
        return kept.table

    def _keep(self, wanted: _Wanted, kept: _Kept) -> None:
        self._kept[wanted] = kept
        while sum(len(each.table) for each in self._kept.values()) > MOST_KEPT and len(self._kept) > 1:
            self._kept.popitem(last=False)

    async def _read(self, database: Database, asked: Asked, known_on: datetime | None) -> Table:
        journeys = await _journeys(database)
        if journeys is None or await database[journeys].estimated_document_count() <= _FEW:
            return await _read_here(database, asked, known_on)
        read = await self._processes.tables(database.name, journeys, asked, known_on)
        if journeys != await _journeys(database):  # a rebuild took over, and drops what we read
            return await self._read(database, asked, known_on)
        return read


async def _read_here(database: Database, asked: Asked, known_on: datetime | None) -> Table:
    taking, journeys = Taking(asked), await _journeys(database)
    if journeys is not None:
        await reading.read(database[journeys], asked, known_on, reading.Share(), taking)
        if journeys != await _journeys(database):
            return await _read_here(database, asked, known_on)
    return taking.done()


async def _journeys(database: Database) -> str | None:
    """The collection of the live journeys."""
    pointer = await database[READ_MODELS].find_one({"_id": POINTER})
    return str(pointer["journeys"]) if pointer else None


def _asked(question: Question, known: Known) -> Asked:
    return Asked(known.schemes, known.register, frozenset(question.measures), frozenset(question.schemes))
