"""What a service is made of, and how its process runs: `python -m <service>` builds one and runs it."""

import asyncio
import gc
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import structlog
import uvicorn
from aiokafka.errors import KafkaError
from fastapi import APIRouter
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError

from contracts.topics import CANONICAL_TOPICS
from servicekit import logs, topics
from servicekit.assertions import PartsUnfit, assert_mongo, until_there
from servicekit.collections import create_collection
from servicekit.http import application
from servicekit.loop import Loop
from servicekit.metrics import Metrics
from servicekit.partners import REGISTRY_DATABASE, Partners
from servicekit.runner import LoopRunner
from servicekit.settings import ServiceSettings
from servicekit.survival import survive_header_names
from servicekit.tick import Tick
from servicekit.ticking import run_tick
from servicekit.topics import TopicsUnfit

_UNFIT: Final = 3  # exit code: something it needs is not there
_PARTNERS_EVERY_SECONDS: Final = 5.0
_LONDON: Final = ZoneInfo("Europe/London")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Service:
    """Name, settings, loops, API, and what runs beside them until the service stops."""

    name: str
    settings: ServiceSettings
    loops: tuple[Loop[Any, Any], ...] = ()
    routes: APIRouter | None = None
    ticks: tuple[Tick[Any, Any], ...] = ()
    background: tuple[Callable[["Running"], Awaitable[None]], ...] = ()
    stores: tuple[str, ...] = ()  # collections beside those of the loops, created at start
    prepare: tuple[Callable[["Running"], Awaitable[None]], ...] = ()  # run before the loops, in order


@dataclass
class Running:
    """A service on its feet: what its API and its background tasks may use."""

    service: Service
    client: AsyncMongoClient[dict[str, Any]]
    database: AsyncDatabase[dict[str, Any]]
    partners: Partners
    metrics: Metrics
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    runners: dict[str, LoopRunner[Any, Any]] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)  # background tasks that a bug ended
    started: bool = False

    @property
    def kafka(self) -> dict[str, Any]:
        """Keyword arguments for any aiokafka client."""
        return self.service.settings.kafka_connection()

    @property
    def log(self) -> Any:
        """The service's logger."""
        return log

    def troubles(self) -> dict[str, str]:
        """Each loop that makes no progress, and why."""
        if not self.started:
            return {"service": "starting"}
        told = {name: runner.trouble() for name, runner in self.runners.items()}
        return {name: trouble for name, trouble in told.items() if trouble} | self.broken

    async def sleep(self, seconds: float) -> bool:
        """Wait so long, or until the service stops; False when it stops."""
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except TimeoutError:
            return True
        return False


def run(build: Callable[[], Service]) -> None:
    """Build the service and run it until it is told to stop. The way in of every `__main__`."""
    service = build()
    logs.configure(service.settings.log_format)
    try:
        asyncio.run(serve(service))
    except (PartsUnfit, TopicsUnfit) as unfit:
        log.error("refuses_to_run", service=service.name, because=str(unfit))
        sys.exit(_UNFIT)


async def serve(service: Service, started: asyncio.Event | None = None, stop: asyncio.Event | None = None) -> None:
    """Run a built service in this event loop; `started` is set once it serves, set `stop` to end it."""
    survive_header_names()
    running = _put_on_its_feet(service)
    if stop is not None:
        running.stopping = stop
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, running.stopping.set)
    server = uvicorn.Server(
        uvicorn.Config(
            application(running),
            host=service.settings.http_host,
            port=service.settings.http_port,
            log_config=None,
            lifespan="off",
            timeout_graceful_shutdown=3,
        )
    )
    http = asyncio.create_task(server._serve(), name="http")  # not serve(): that would take the signals from us
    tasks: list[asyncio.Task[None]] = []
    try:
        if await _starts(running):
            tasks += [_begin(running, task) for task in (_follow_registry, _tick, *service.background)]
            if started is not None:
                started.set()
            await running.stopping.wait()
    finally:
        running.stopping.set()
        for runner in running.runners.values():
            await runner.stop()
        server.should_exit = True
        await asyncio.gather(http, *tasks, return_exceptions=True)
        await running.client.close()
        log.info("stopped", service=service.name)


def _put_on_its_feet(service: Service) -> Running:
    settings = service.settings
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(**settings.mongo_connection())
    registry = client[settings.database_prefix + REGISTRY_DATABASE]["partners"]
    return Running(service, client, client[settings.database_prefix + service.name], Partners(registry), Metrics())


async def _starts(running: Running) -> bool:
    """Start; False if the service was told to stop while it still waited for its parts."""
    starting, stopped = asyncio.create_task(_start(running)), asyncio.create_task(running.stopping.wait())
    await asyncio.wait({starting, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if starting.done():
        starting.result()
        return True
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)
    return False


async def _start(running: Running) -> None:
    """Banner, what must hold of MongoDB and Kafka, then the loops. Waits for parts that are not there yet."""
    service, settings = running.service, running.service.settings
    kafka = settings.kafka_connection()
    _banner(service)
    await until_there("mongo", lambda: assert_mongo(running.client))
    await until_there("kafka", lambda: topics.ensure_canonical(kafka, replication=settings.kafka_replication))
    await until_there("mongo", running.partners.refresh)
    for name in service.stores:
        await create_collection(running.database, name)
    for prepare in service.prepare:
        await prepare(running)
    for loop in service.loops:
        runner = LoopRunner(
            service.name, loop, settings=settings, database=running.database,
            partners=running.partners, metrics=running.metrics,
        )  # fmt: skip
        running.runners[loop.name] = runner
        await until_there("kafka", runner.start)
    gc.collect()
    gc.freeze()
    gc.disable()  # the largest avoidable cost of a batch; the loops collect when a batch's objects are released
    running.started = True
    log.info("started", service=service.name, port=settings.http_port)


def _banner(service: Service) -> None:
    """What this process hears, says, stores, and with which settings (never a secret)."""
    hears = {loop.name: loop.topics for loop in service.loops}
    says = sorted({*CANONICAL_TOPICS} & {topic for loop in service.loops for topic in loop.announces})
    stores = sorted({loop.collection for loop in service.loops} | set(service.stores))
    log.info("starting", service=service.name, hears=hears, says=says, stores=stores, settings=service.settings.told())


async def _follow_registry(running: Running) -> None:
    """Keep the snapshot of partners fresh for whoever reads it without waiting."""
    while await running.sleep(_PARTNERS_EVERY_SECONDS):
        await running.partners.refresh()


async def _tick(running: Running) -> None:
    """Fold what is due, every few seconds, by the calendar of the people who are waited for."""
    ticks = running.service.ticks
    for tick in ticks:
        await running.runners[tick.loop].ledger.documents.create_index(tick.field, sparse=True)
    while ticks and await running.sleep(min(tick.every_seconds for tick in ticks)):
        today = datetime.now(_LONDON).date()
        for tick in ticks:
            await run_tick(running.runners[tick.loop], tick, today)


def _begin(running: Running, task: Callable[[Running], Awaitable[None]]) -> asyncio.Task[None]:
    """Start a background task; if a bug ends it the service says so and is not ready any more."""

    def ended(done: asyncio.Task[None]) -> None:
        if not done.cancelled() and (bug := done.exception()) is not None:
            running.broken[task.__name__] = f"ended by {type(bug).__name__}"
            log.error("background_ended", task=task.__name__, cause=type(bug).__name__)

    begun = asyncio.create_task(_surely(running, task), name=task.__name__)
    begun.add_done_callback(ended)
    return begun


async def _surely(running: Running, task: Callable[[Running], Awaitable[None]]) -> None:
    """A background task that something outside broke is begun again; how it broke is said, not what with."""
    while not running.stopping.is_set():
        try:
            await task(running)
        except (PyMongoError, KafkaError, OSError) as outage:
            log.warning("background_tries_again", task=task.__name__, cause=type(outage).__name__)
            await running.sleep(1.0)
        else:
            return
