"""The parts of a rebuild that run in processes of their own: a lane, a range of persons."""

import asyncio
import gc
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from functools import cache
from multiprocessing import connection, get_context, parent_process
from typing import Any, Final, TypeVar

from pymongo import AsyncMongoClient

import schemes
from ops import reading
from outcomes_service.indicators.catalogue import Known
from outcomes_service.projections import rebuilding
from outcomes_service.projections.building import Database
from outcomes_service.projections.cells import Counts
from outcomes_service.projections.loading import Loader
from outcomes_service.projections.rebuilding import REBUILDS, Rebuild
from schemes import register
from servicekit.settings import ServiceSettings
from servicekit.tending import end

SLICE_EVENTS: Final = 400_000  # facts held in memory by a process: some 250 MB; a longer lane is read more than once
_SAY_EVERY_SECONDS: Final = 0.5

T = TypeVar("T")


@cache
def known() -> Known:
    """The schemes and register of this code, read once a process."""
    return Known(schemes.load(), register.load())


def load_lane(settings: ServiceSettings, rebuild: Rebuild, lane: int) -> None:
    """Load one lane to its end."""
    _run(settings, lambda database: _load(settings, database, rebuild, lane))


def count_persons(settings: ServiceSettings, rebuild: Rebuild, between: tuple[str | None, str | None]) -> Counts:
    """What the persons of a range count in."""
    return _run(settings, lambda database: rebuilding.counts_of_persons(database, rebuild, known(), between))


def pool(processes: int) -> Executor:
    """So many processes, which end with this one however it ends."""
    return ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_begin)


def submitted(executor: Executor, call: Callable[..., T], *arguments: Any) -> "asyncio.Future[T]":
    """Its result, to be awaited."""
    future: Future[T] = executor.submit(call, *arguments)
    return asyncio.wrap_future(future)


async def _load(settings: ServiceSettings, database: Database, rebuild: Rebuild, lane: int) -> None:
    until = rebuild.of_lane(lane)
    read = 0

    def told(records: int) -> None:
        nonlocal read
        read += records

    async def saying() -> None:
        while True:
            await asyncio.sleep(_SAY_EVERY_SECONDS)
            await database[REBUILDS].update_one({"_id": f"{rebuild.id}/{lane}"}, {"$set": {"read": read}})

    task = asyncio.create_task(saying())
    try:
        loader = Loader(database, rebuild.names, known(), lambda: reading.records(settings, until), told)
        loaded = await loader.load(slices=1 + sum(until.values()) // SLICE_EVENTS)
    finally:
        await end(task)
    await rebuilding.lane_loaded(database, rebuild, lane, loaded)


def _run(settings: ServiceSettings, work: Callable[[Database], Coroutine[Any, Any, T]]) -> T:
    async def connected() -> T:
        async with AsyncMongoClient[dict[str, Any]](**settings.mongo_connection()) as client:
            return await work(client[settings.database_prefix + "outcomes"])

    return asyncio.run(connected())


def _begin() -> None:
    """Die with the parent; facts form no cycles, so nothing needs collecting."""
    threading.Thread(target=_end_with_parent, name="leash", daemon=True).start()
    known()
    gc.collect()
    gc.freeze()
    gc.disable()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
