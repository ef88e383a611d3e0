"""Processes that read tables beside the event loop, each a share of the journeys; idle ones end.

Their memory is bounded by what is counted, not by what is read: documents go by in batches.
"""

import asyncio
import gc
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from functools import cache
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection

import schemes
from outcomes_service.breakdowns.reading import Share, Takes, read
from outcomes_service.breakdowns.table import Asked
from outcomes_service.indicators.catalogue import Known
from schemes import register
from servicekit.settings import ServiceSettings

MOST: Final = 2  # each has some 80 MB of its own
_IDLE_SECONDS: Final = 300.0


Made_co = TypeVar("Made_co", covariant=True)
T = TypeVar("T")


class Makes(Takes, Protocol[Made_co]):
    """Makes something of the journeys that it takes."""

    def done(self) -> Made_co:
        """It."""


class CodeChanged(Exception):  # noqa: N818  says what happened
    """Schemes, register or code are not those with which whoever asks began: a process would count otherwise."""


class Task(NamedTuple):
    """What a process is to read, and what it makes of it."""

    makes: Callable[[Asked], Makes[Any]]
    settings: ServiceSettings
    database: str
    journeys: str
    fingerprint: str
    measures: frozenset[str]
    schemes: frozenset[str]
    known_on: datetime | None
    share: Share


class Processes:
    """Begun when first asked for."""

    def __init__(self, fingerprint: str, settings: ServiceSettings) -> None:
        self._fingerprint, self._settings = fingerprint, settings
        self._count = max(1, min(MOST, os.cpu_count() or 1))
        self._pool: ProcessPoolExecutor | None = None
        self._idle: asyncio.TimerHandle | None = None

    async def read(
        self,
        makes: Callable[[Asked], Makes[T]],
        asked: Asked,
        known_on: datetime | None,
        journeys: AsyncCollection[dict[str, Any]],
    ) -> list[T]:
        """What each process made of its share. Raises `CodeChanged`."""
        if self._idle is not None:
            self._idle.cancel()
        if self._pool is None:
            self._pool = ProcessPoolExecutor(self._count, mp_context=get_context("spawn"), initializer=_begin)
        where = (self._settings, journeys.database.name, journeys.name, self._fingerprint)
        what = (asked.measures_asked, asked.schemes_asked, known_on)
        tasks = [Task(makes, *where, *what, Share(number, self._count)) for number in range(self._count)]
        loop = asyncio.get_running_loop()
        try:
            return list(await asyncio.gather(*(loop.run_in_executor(self._pool, made, task) for task in tasks)))
        except BrokenProcessPool:
            self.close()  # one of them was killed: the next question begins new ones
            raise
        finally:
            self._idle = loop.call_later(_IDLE_SECONDS, self.close)

    def close(self) -> None:
        """End them; what is being read is not waited for."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None
        if self._idle is not None:
            self._idle.cancel()


def made(task: Task) -> Any:
    """What becomes of one share. Runs in a process of its own."""
    known = _known()
    if known.fingerprint != task.fingerprint:
        raise CodeChanged
    return asyncio.run(_made(task, Asked(known.schemes, known.register, task.measures, task.schemes)))


async def _made(task: Task, asked: Asked) -> Any:
    makes = task.makes(asked)
    connection = {**task.settings.mongo_connection(), "tz_aware": False}  # see `_begin`
    async with AsyncMongoClient[dict[str, Any]](**connection) as client:
        await read(client[task.database][task.journeys], asked, task.known_on, task.share, makes)
    return makes.done()


@cache
def _known() -> Known:
    return Known(schemes.load(), register.load())


def _begin() -> None:
    """Die with the parent; what is read forms no cycles, so nothing needs collecting.

    Here local time is UTC, so that instants need not say it: they are read in half the time.
    """
    os.environ["TZ"] = "UTC"
    time.tzset()
    threading.Thread(target=_end_with_parent, name="leash", daemon=True).start()
    _known()
    gc.collect()
    gc.freeze()
    gc.disable()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
