"""Reads the journeys of referrals about which something may be due."""

from collections.abc import AsyncIterator, Iterable
from datetime import date, timedelta
from typing import Any, Final

from pymongo.asynchronous.database import AsyncDatabase

from outcomes_service.projections.journeys import WINDOW_CLOSES, WINDOW_OPENS, Journey
from outcomes_service.projections.roll_ups import POINTER, READ_MODELS
from servicekit.documents import from_stored

_ENDS: Final = ("programme.completed_at", "programme.left_at", "closed_at")
MOST_READ: Final = 10_000  # referrals of one answer, those that were made first: some seconds of work at most


async def maybe_due(
    database: AsyncDatabase[dict[str, Any]], scheme_id: str, today: date, checkpoints: Iterable[int]
) -> AsyncIterator[Journey]:
    """The referrals of a scheme that have not ended, or of which the window of a checkpoint is open."""
    pointer = await database[READ_MODELS].find_one({"_id": POINTER})
    if pointer is None:
        return
    wanted: list[dict[str, Any]] = [dict.fromkeys(_ENDS)]  # null matches what is not there
    for weeks in checkpoints:
        day = today - timedelta(weeks=weeks)
        window = {"$gte": (day - WINDOW_CLOSES).isoformat(), "$lte": (day - WINDOW_OPENS).isoformat()}
        wanted += [{end: window} for end in _ENDS]
    found = database[pointer["journeys"]].find({"scheme_id": scheme_id, "$or": wanted})
    async for stored in found.sort("referred_at", 1).limit(MOST_READ):
        yield from_stored(Journey, stored)
