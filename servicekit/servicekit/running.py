"""A service: what it is made of, and what there is of it while it runs."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import structlog
from fastapi import APIRouter, FastAPI
from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from starlette.types import ASGIApp

from servicekit import tracing
from servicekit.lookout import Ages, Lookout
from servicekit.loop import Loop
from servicekit.measuring import Measuring
from servicekit.metrics import Metrics
from servicekit.partners import REGISTRY_DATABASE, Partners
from servicekit.pausing import Pause
from servicekit.runner import LoopRunner
from servicekit.settings import ServiceSettings
from servicekit.tick import Tick
from servicekit.timing import MongoTimes

if TYPE_CHECKING:
    from servicekit.traced import Tracing

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Service:
    """Name, settings, loops, API, and what runs beside them until the service stops."""

    name: str
    settings: ServiceSettings
    loops: tuple[Loop[Any, Any], ...] = ()
    routes: APIRouter | None = None
    openapi: Callable[[FastAPI], dict[str, Any]] | None = None  # describes the routes; None: FastAPI does
    wraps: tuple[Callable[[ASGIApp], ASGIApp], ...] = ()  # around every route, the first outermost
    ticks: tuple[Tick[Any, Any], ...] = ()
    background: tuple[Callable[["Running"], Awaitable[None]], ...] = ()
    stores: tuple[str, ...] = ()  # collections beside those of the loops, created at start
    read_models: Ages | None = None  # how old the oldest event is that each of its read models lacks
    prepare: tuple[Callable[["Running"], Awaitable[None]], ...] = ()  # run before the loops, in order
    closing: tuple[Callable[[], Awaitable[None]], ...] = ()  # run when no request is answered any more
    measures: tuple[Callable[["Running"], Awaitable[None]], ...] = ()  # gauges of its own, when metrics are asked for


@dataclass
class Running:
    """A service on its feet: what its API and its background tasks may use."""

    service: Service
    client: AsyncMongoClient[dict[str, Any]]
    database: AsyncDatabase[dict[str, Any]]
    partners: Partners
    metrics: Metrics
    measuring: Measuring = field(default_factory=Measuring)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    runners: dict[str, LoopRunner[Any, Any]] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)  # background tasks that a bug ended
    started: bool = False
    tracing: "Tracing | None" = None  # None: nothing is traced
    since: datetime = field(default_factory=lambda: datetime.now(UTC))
    lookout: Lookout = field(init=False)

    def __post_init__(self) -> None:
        self.lookout = Lookout(self)

    @property
    def registry(self) -> AsyncCollection[dict[str, Any]]:
        """The registry of partners."""
        return _registry(self.client, self.service.settings)

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

    @property
    def paused(self) -> dict[str, Pause]:
        """Each loop that operators hold."""
        return {name: runner.paused for name, runner in self.runners.items() if runner.paused}

    async def sleep(self, seconds: float) -> bool:
        """Wait so long, or until the service stops; False when it stops."""
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except TimeoutError:
            return True
        return False


def put_on_its_feet(service: Service) -> Running:
    """Connections and registry, nothing started yet."""
    settings, metrics = service.settings, Metrics()
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
        **settings.mongo_connection(), event_listeners=[MongoTimes(metrics)]
    )
    partners = Partners(_registry(client, settings))
    database, traced = client[settings.database_prefix + service.name], tracing.begin(service.name)
    return Running(service, client, database, partners, metrics, tracing=traced)


def _registry(client: AsyncMongoClient[dict[str, Any]], settings: ServiceSettings) -> AsyncCollection[dict[str, Any]]:
    return client[settings.database_prefix + REGISTRY_DATABASE]["partners"]
