"""One rebuild from beginning to end: lanes, persons, following the log, the takeover."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from pymongo import AsyncMongoClient

from ops import reading
from ops.errors import Missing
from ops.rebuild import work
from outcomes_service.indicators.catalogue import Known
from outcomes_service.projections import building, going_back, rebuilding, taking_over
from outcomes_service.projections.building import Database
from outcomes_service.projections.cells import Counts
from outcomes_service.projections.rebuilding import FOLLOWING, LOADING, PROJECTOR, Overtaken, Rebuild
from outcomes_service.projections.roll_ups import Names
from outcomes_service.projections.taking_over import NotYet
from servicekit.batch import BatchWriter
from servicekit.ledger import Ledger
from servicekit.partners import REGISTRY_DATABASE, Partners
from servicekit.settings import ServiceSettings
from servicekit.tending import end

_RANGES_A_PROCESS: Final = 2
_WAIT_SECONDS: Final = 0.1
_SAY_SECONDS: Final = 1.0
_OTHER_SECONDS: Final = 10.0  # what a rebuild that was killed said of itself is old by then


@dataclass
class Rebuilt:
    """What was rebuilt, from how many events, and how long each part took: `load`, `persons`, `follow`."""

    journeys: str
    replaced: str
    events: int
    seconds: dict[str, float] = field(default_factory=dict)


async def rebuild(settings: ServiceSettings, processes: int = 2, drop_old: bool = False) -> Rebuilt:
    """Rebuild the read models beside those that are live, and let them take over; nobody need be stopped.

    Killed, it goes on where it was when it is called again. To time a rebuild of N events, have them accepted (or
    write them to the canonical topics with `codec.encode`), start the outcomes service once, await this, and divide
    `events` by `seconds["load"] + seconds["persons"]`; `follow` depends on what arrives meanwhile.
    Raises `Missing` where there is nothing to rebuild from, or something is in the way.
    """
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(**settings.mongo_connection())
    async with client:
        database = client[settings.database_prefix + "outcomes"]
        try:
            begun = await rebuilding.begun(database, work.known(), await _until(settings))
            async with _alone(database, begun):
                done = await _Run(settings, database, begun, processes).through()
        except Overtaken as why:
            raise Missing(str(why), "See: footing rebuild status") from None
        if drop_old:
            await taking_over.drop(database)
        return done


@dataclass(frozen=True, slots=True)
class Outlook:
    """What going back to `journeys` would be: so many `events` came since, and by how much it differs as it stopped."""

    journeys: str
    live: str
    left_at: datetime
    events: int
    figures: Sequence[Mapping[str, Any]]


async def outlook(settings: ServiceSettings, journeys: str) -> Outlook:
    """Say what going back would be; nothing is written. Raises `NoWayBack` or `Missing`."""
    async with AsyncMongoClient[dict[str, Any]](**settings.mongo_connection()) as client:
        database = client[settings.database_prefix + "outcomes"]
        old = await going_back.old(database, work.known(), journeys)
        going_back.assert_reaches(old, *await reading.ends(settings, rebuilding.TOPICS))
        live = await taking_over.positions(database, PROJECTOR)
        behind = sum(offset - old.positions.get(place, 0) for place, offset in live.items())
        figures = await going_back.would(database, work.known(), old)
        return Outlook(journeys, str((await rebuilding.pointer_of(database))["journeys"]), old.left_at, behind, figures)


async def back(settings: ServiceSettings, journeys: str) -> Rebuilt:
    """Have an old version read what came since, and take over; nobody need be stopped.

    Killed, it goes on where it was when it is called again. Raises `NoWayBack` or `Missing`.
    """
    async with AsyncMongoClient[dict[str, Any]](**settings.mongo_connection()) as client:
        database = client[settings.database_prefix + "outcomes"]
        first, after = await reading.ends(settings, rebuilding.TOPICS)
        if await going_back.is_live(database, journeys):
            await building.show_all(database, Names.of(await rebuilding.pointer_of(database)))
            return Rebuilt(journeys, journeys, 0)
        begun = await going_back.begun(database, work.known(), journeys, first, after)
        live = await taking_over.positions(database, PROJECTOR)
        async with _alone(database, begun):
            await going_back.open_again(database, begun)
            done = await _Run(settings, database, begun, processes=1).through()
        return replace(done, events=sum(offset - begun.until.get(place, 0) for place, offset in live.items()))


@dataclass
class _Run:
    settings: ServiceSettings
    database: Database
    rebuild: Rebuild
    processes: int

    async def through(self) -> Rebuilt:
        """Do what is left to do."""
        rebuild = self.rebuild
        done = Rebuilt(rebuild.names.journeys, rebuild.replaces.journeys, sum(rebuild.until.values()))
        if await rebuilding.state(self.database, rebuild) == LOADING:
            executor = work.pool(self.processes)
            try:
                started = time.monotonic()
                lanes = await rebuilding.lanes_left(self.database, rebuild)
                await self._each(executor, work.load_lane, lanes)
                done.seconds["load"], started = time.monotonic() - started, time.monotonic()
                ranges = await rebuilding.person_ranges(self.database, rebuild, _RANGES_A_PROCESS * self.processes)
                counts: Counts = Counter()
                for found in await self._each(executor, work.count_persons, ranges):
                    counts.update(found)
                await rebuilding.all_loaded(self.database, rebuild, work.known(), counts)
                done.seconds["persons"] = time.monotonic() - started
            finally:
                executor.shutdown(wait=False, cancel_futures=True)
        started = time.monotonic()
        if await rebuilding.state(self.database, rebuild) == FOLLOWING:
            await self._follow(work.known())
        await building.show_all(self.database, rebuild.names)
        done.seconds["follow"] = time.monotonic() - started
        return done

    async def _each(self, executor: Any, call: Any, inputs: Sequence[Any]) -> list[Any]:
        return await asyncio.gather(*[work.submitted(executor, call, self.settings, self.rebuild, i) for i in inputs])

    async def _follow(self, known: Known) -> None:
        """Fold what has come since, as the projector does, until the new version can take over."""
        loop = rebuilding.projecting(known, self.rebuild)
        ledger = Ledger(self.database, loop.name, loop.collection, loop.document, owner=uuid4().hex)
        registry = self.database.client[self.settings.database_prefix + REGISTRY_DATABASE]["partners"]
        most = self.settings.batch_records
        writer = BatchWriter(loop, ledger, Partners(registry), most=most, tried=lambda _why: None)
        await writer.claim(sorted(self.rebuild.until))
        async with reading.tail(self.settings, writer.next) as log:
            taken = False
            while not taken:
                await self._catch_up(log, writer, within=most)
                taken = await self._take_over(log, writer)
        await writer.close()

    async def _take_over(self, log: reading.Tail, writer: BatchWriter[Any, Any]) -> bool:
        """Hold the live projector for a moment, and pass it."""
        await taking_over.hold(self.database, self.rebuild)
        try:
            await self._catch_up(log, writer, within=0)
            await taking_over.take_over(self.database, self.rebuild)
        except NotYet:
            return False
        finally:
            await taking_over.let_go(self.database, self.rebuild)
        return True

    async def _catch_up(self, log: reading.Tail, writer: BatchWriter[Any, Any], within: int) -> None:
        """Follow the log until the live version is at most so many records ahead."""
        while True:
            live = await taking_over.positions(self.database, PROJECTOR)
            ahead = {place: offset for place, offset in live.items() if offset > writer.next.get(place, 0)}
            if sum(offset - writer.next.get(place, 0) for place, offset in ahead.items()) <= within:
                return
            records = await log.next(_WAIT_SECONDS)
            if not records:
                await self._assert_there(ahead)
                continue
            items = await writer.read(records)
            writer.sequencer.arrive(items, writer.next, log.end_of)
            while await writer.write(items) is not None:
                pass
            again = writer.sequencer.take_again()
            log.seek({place: writer.next[place] for place in again & writer.next.keys()})

    async def _assert_there(self, ahead: dict[tuple[str, int], int]) -> None:
        _, ends = await reading.ends(self.settings, rebuilding.TOPICS)
        for (topic, partition), offset in ahead.items():
            if ends[topic, partition] < offset:
                raise Missing(f"{topic}/{partition} ends before what was handled of it.", "Its log was made anew.")


async def _until(settings: ServiceSettings) -> dict[tuple[str, int], int]:
    first, after = await reading.ends(settings, rebuilding.TOPICS)
    for (topic, partition), offset in first.items():
        if offset:
            hint = "What retention has removed, a rebuild would lose: see retention.ms of the topic."
            raise Missing(f"{topic}/{partition} does not begin with its first record.", hint)
    return after


@asynccontextmanager
async def _alone(database: Database, begun: Rebuild) -> AsyncIterator[None]:
    """Be the only one at this rebuild; who was killed at it is soon forgotten."""
    me = uuid4().hex
    patient_until = time.monotonic() + _OTHER_SECONDS
    while not await rebuilding.at_work(database, begun, me):
        if time.monotonic() > patient_until:
            raise Missing("Another process is at this rebuild.", "See: footing rebuild status")
        await asyncio.sleep(_WAIT_SECONDS)

    async def say() -> None:
        while True:
            await asyncio.sleep(_SAY_SECONDS)
            await rebuilding.at_work(database, begun, me)

    saying = asyncio.create_task(say())
    try:
        yield
    finally:
        await end(saying)
