"""Tells every partner each quarter of an hour, by the clock, that the way back is open. Of several doors one does."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from contracts import connectivity
from servicekit.publisher import Publisher
from servicekit.running import Running

CLAIMS: Final = "connectivity"
_LAST: Final = "last"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def every(seconds: float) -> Callable[[Running], Awaitable[None]]:
    """The background task of a door that tells it every so many seconds."""
    length = timedelta(seconds=seconds)

    async def connectivity(running: Running) -> None:
        while await running.sleep((next_slot(now := datetime.now(UTC), length) - now).total_seconds()):
            await _tell(running, next_slot(datetime.now(UTC), length) - length, length)

    return connectivity


def next_slot(now: datetime, length: timedelta) -> datetime:
    """When the next one is due: the same moment for every door."""
    return _EPOCH + ((now - _EPOCH) // length + 1) * length


async def _tell(running: Running, slot: datetime, length: timedelta) -> None:
    """Tell everybody once a slot. Kafka away, or killed in between: none comes, which is what its absence says."""
    if not await claims(running.database, slot):
        return
    publisher, told, untold = Publisher(running.kafka), 0, 0
    try:
        for name in sorted(running.partners.names):
            if running.stopping.is_set():
                break
            (placed,) = await publisher.publish([connectivity.record(name, slot, slot + length)])
            told, untold = (told + 1, untold) if placed else (told, untold + 1)
    finally:
        await publisher.close()
    running.log.info("connectivity_told", told=told, untold=untold)


async def claims(database: AsyncDatabase[dict[str, Any]], slot: datetime, *, by: str = _LAST) -> bool:
    """Whether this door is the one that tells this slot; `by` names what else is done once a slot."""
    try:
        done = await database[CLAIMS].update_one(
            {"_id": by, "slot": {"$lt": slot}}, {"$set": {"slot": slot}}, upsert=True
        )
    except DuplicateKeyError:  # it stands there already, and is not earlier
        return False
    return bool(done.modified_count or done.upserted_id)
