"""Whether anything was counted since somebody last looked."""

from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

from contracts.topics import CANONICAL_PARTITIONS
from outcomes_service.projections.roll_ups import POINTER, READ_MODELS


async def counted_so_far(database: AsyncDatabase[dict[str, Any]]) -> tuple[str, int]:
    """Which cells are live, and how many transactions have written them: the same as long as nothing was counted."""
    pointer = await database[READ_MODELS].find_one({"_id": POINTER})
    if pointer is None:
        return "", 0
    lanes = {"_id": {"$in": [f"lane-{number}" for number in range(CANONICAL_PARTITIONS)]}}
    return pointer["cells"], sum([lane["writes"] async for lane in database[pointer["cells"]].find(lanes)])
