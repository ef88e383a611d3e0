"""Whether anything was counted since somebody last looked, and what is kept as long as nothing was."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any, Generic, TypeVar

from pymongo.asynchronous.database import AsyncDatabase

from contracts.topics import CANONICAL_PARTITIONS
from outcomes_service.projections.roll_ups import POINTER, READ_MODELS

T = TypeVar("T")


async def counted_so_far(database: AsyncDatabase[dict[str, Any]]) -> tuple[str, int]:
    """Which cells are live, and how many transactions have written them: the same as long as nothing was counted."""
    pointer = await database[READ_MODELS].find_one({"_id": POINTER})
    if pointer is None:
        return "", 0
    lanes = {"_id": {"$in": [f"lane-{number}" for number in range(CANONICAL_PARTITIONS)]}}
    return pointer["cells"], sum([lane["writes"] async for lane in database[pointer["cells"]].find(lanes)])


class UntilCounted(Generic[T]):
    """What was made of the read models, by name, until something is counted or it is another day."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[object, T]] = {}

    async def get(
        self, name: str, database: AsyncDatabase[dict[str, Any]], day: date, make: Callable[[], Awaitable[T]]
    ) -> T:
        """It, made anew only if it has to be."""
        as_of = await counted_so_far(database), day
        if name not in self._made or self._made[name][0] != as_of:
            self._made[name] = as_of, await make()
        return self._made[name][1]
