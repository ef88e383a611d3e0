"""A service: what it is made of, and what there is of it while it runs."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI
from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from starlette.types import ASGIApp

from servicekit.loop import Loop
from servicekit.metrics import Metrics
from servicekit.partners import REGISTRY_DATABASE, Partners
from servicekit.runner import LoopRunner
from servicekit.settings import ServiceSettings
from servicekit.tick import Tick

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
    prepare: tuple[Callable[["Running"], Awaitable[None]], ...] = ()  # run before the loops, in order
    closing: tuple[Callable[[], Awaitable[None]], ...] = ()  # run when no request is answered any more


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

    async def sleep(self, seconds: float) -> bool:
        """Wait so long, or until the service stops; False when it stops."""
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except TimeoutError:
            return True
        return False


def put_on_its_feet(service: Service) -> Running:
    """Connections and registry, nothing started yet."""
    settings = service.settings
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(**settings.mongo_connection())
    partners = Partners(_registry(client, settings))
    return Running(service, client, client[settings.database_prefix + service.name], partners, Metrics())


def _registry(client: AsyncMongoClient[dict[str, Any]], settings: ServiceSettings) -> AsyncCollection[dict[str, Any]]:
    return client[settings.database_prefix + REGISTRY_DATABASE]["partners"]
