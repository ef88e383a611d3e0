"""What the guarantees need of the parts, asserted at start: on less a service refuses to run, and says why."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import structlog
from aiokafka.errors import KafkaError
from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from servicekit.unfit import Unfit

_PAUSE_SECONDS: Final = 1.0

log = structlog.get_logger()


class PartsUnfit(Unfit):
    """MongoDB is not set up as the guarantees need it."""


async def assert_mongo(client: AsyncMongoClient[dict[str, Any]]) -> None:
    """A replica set that has a primary: without one there are no transactions, and nothing here is safe."""
    hello = await client.admin.command("hello")
    if "setName" not in hello:
        raise PartsUnfit(
            "MongoDB is not a replica set, so it has no transactions: start it with --replSet and initiate it"
        )


async def until_there(part: str, call: Callable[[], Awaitable[None]]) -> None:
    """Try until the part answers. `Unfit` is final and goes through."""
    while True:
        try:
            await call()
        except (PyMongoError, KafkaError, OSError) as away:
            log.warning("waits_for", part=part, cause=type(away).__name__)
            await asyncio.sleep(_PAUSE_SECONDS)
        else:
            return
