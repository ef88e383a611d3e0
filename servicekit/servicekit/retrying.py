"""When a transaction is tried again, and how a failed one is ended."""

import asyncio
import random
from typing import Final

import structlog
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError

from servicekit.ledger import Raced
from servicekit.positions import Fenced

SHORTEST_PAUSE_SECONDS: Final = 0.02
LONGEST_PAUSE_SECONDS: Final = 5.0
_DUPLICATE_KEY: Final = 11000
_SLOW_SECONDS: Final = 20.0  # MongoDB ends a transaction after 60, and says so in the words of a lost race

log = structlog.get_logger()


def is_race(error: Exception) -> bool:
    """Whether another worker was quicker (fold again at once) rather than something being away."""
    if isinstance(error, BulkWriteError):
        return any(written["code"] == _DUPLICATE_KEY for written in (error.details or {}).get("writeErrors", []))
    if isinstance(error, PyMongoError) and error.has_error_label("TransientTransactionError"):
        return getattr(error, "code", None) is not None  # a server's answer; a broken connection has no code
    return isinstance(error, Fenced | Raced | DuplicateKeyError)


def records_next(records: int, *, outage: bool, seconds: float) -> int:
    """How many records to try in a transaction after one of so many failed: one that takes too long never commits."""
    return max(1, records // 2) if outage or seconds > _SLOW_SECONDS else records


async def pause_for(seconds: float) -> None:
    """Wait about so long: with jitter, so that workers do not march in step."""
    await asyncio.sleep(seconds * random.uniform(0.5, 1.5))  # noqa: S311  nothing secret


async def end_transaction(session: AsyncClientSession) -> None:
    """Abort what is open; if the server is away it ends it by itself."""
    try:
        if session.in_transaction:
            await session.abort_transaction()
    except PyMongoError as error:
        log.info("abort_failed", cause=type(error).__name__)
