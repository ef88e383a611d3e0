"""The door's application with nothing behind it, for what it answers without Kafka and MongoDB."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI
from pymongo import AsyncMongoClient

from door_service.app import build
from door_service.settings import DoorSettings
from servicekit.http import application
from servicekit.metrics import Metrics
from servicekit.partners import Partners
from servicekit.running import Running


def door(**settings: Any) -> FastAPI:
    """The application; its MongoDB is never asked for anything."""
    service = build(DoorSettings(kafka_url="127.0.0.1:1", mongo_url="mongodb://127.0.0.1:1", **settings))
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(service.settings.mongo_url, connect=False)
    running = Running(service, client, client["none"], Partners(client["none"]["partners"]), Metrics())
    return application(running)


@asynccontextmanager
async def asking(**settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of that door."""
    transport = httpx.ASGITransport(door(**settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://door") as http:
        yield http
