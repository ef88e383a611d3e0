"""What the guarantees need of the parts, asserted at start: on less a service refuses to run, and says why."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final

import structlog
from aiokafka.errors import KafkaError
from pymongo import AsyncMongoClient, ReadPreference
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import OperationFailure, PyMongoError

from servicekit.collections import create_collection, create_index
from servicekit.unfit import Unfit

_PAUSE_SECONDS: Final = 1.0
_OLDEST_MONGO: Final = 6
_PROBE: Final = "probes"
_NO_TRANSACTIONS: Final = (13, 20, 263)  # not allowed to, not on this server, not with this storage
_CLOCK_SECONDS: Final = 60.0

log = structlog.get_logger()


class PartsUnfit(Unfit):
    """MongoDB is not set up as the guarantees need it."""


async def assert_mongo(database: AsyncDatabase[dict[str, Any]]) -> None:
    """A primary of a replica set, new enough, that confirms by majority and takes a transaction."""
    client = database.client
    hello = await client.admin.command("hello")
    if "setName" not in hello:
        raise PartsUnfit(
            "MongoDB is not a replica set, so it has no transactions: start it with --replSet and initiate it"
        )
    if client.topology_description.topology_type_name == "Single" and not hello["isWritablePrimary"]:
        raise PartsUnfit(
            "MONGO_URL leads to one member alone, which is not the primary: "
            "name the set by replicaSet=, and leave directConnection out"
        )
    version = (await client.admin.command("buildInfo"))["version"]
    if int(version.split(".")[0]) < _OLDEST_MONGO:
        raise PartsUnfit(f"MongoDB is {version} and must be {_OLDEST_MONGO}.0 or later: upgrade it")
    assert_client(client)
    await assert_transactions(database)
    warn_of_clock((datetime.now(UTC) - hello["localTime"].replace(tzinfo=UTC)).total_seconds())


def assert_client(client: AsyncMongoClient[dict[str, Any]]) -> None:
    """Majority for writes and reads, from the primary: else a failover takes back what was acknowledged."""
    writes, reads = client.write_concern.document, client.read_concern.level
    if writes.get("w") != "majority" or writes.get("j") is False:
        raise PartsUnfit(f"writes are confirmed by {writes or 'the default'} and must be by a majority, journaled")
    if reads != "majority" or client.read_preference != ReadPreference.PRIMARY:
        preference = client.read_preference.name
        raise PartsUnfit(f"reads are {reads or 'local'} from {preference} and must be majority from the primary")
    if not client.options.retry_writes:
        raise PartsUnfit("retryable writes are off and must be on: give no retryWrites in MONGO_URL")


async def assert_transactions(database: AsyncDatabase[dict[str, Any]]) -> None:
    """One small transaction, as every batch will be one."""
    await create_collection(database, _PROBE)
    try:
        async with database.client.start_session() as session, await session.start_transaction():
            await database[_PROBE].update_one({"_id": "start"}, {"$inc": {"n": 1}}, upsert=True, session=session)
    except OperationFailure as failure:
        if failure.code not in _NO_TRANSACTIONS:
            raise
        raise PartsUnfit(
            f"MongoDB takes no transaction (code {failure.code}): "
            "it must be a replica set on WiredTiger, to which this user may write"
        ) from None


def warn_of_clock(ahead: float) -> None:
    """Say that our clock and MongoDB's differ: what is accepted bears our time."""
    if abs(ahead) > _CLOCK_SECONDS:
        log.warning("clock_differs", ahead_of_mongo_seconds=round(ahead))


async def assert_partners(registry: AsyncCollection[dict[str, Any]]) -> None:
    """No number of a partner stands twice: it is part of every identity, and one could use up another's."""
    await create_index(registry, "number", unique=True, sparse=True)


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
