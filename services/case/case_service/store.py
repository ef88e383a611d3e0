"""What the case service reads beside the mechanism: cases of a scheme about which something is due."""

from datetime import date
from typing import Any, Final

from pymongo.asynchronous.database import AsyncDatabase

from case_service.domain import Case
from servicekit.documents import from_stored

CASES: Final = "cases"

Database = AsyncDatabase[dict[str, Any]]


async def prepare(database: Database) -> None:
    """The index by which what is due in a scheme is found."""
    await database[CASES].create_index([("scheme_id", 1), ("due_from", 1)], sparse=True)


async def due_in(database: Database, scheme_id: str, today: date, most: int) -> list[Case]:
    """At most so many cases of the scheme about which something may be due, the longest due first."""
    wanted = {"scheme_id": scheme_id, "due_from": {"$lte": today.isoformat()}}
    found = database[CASES].find(wanted, {"waiting": 0}).sort("due_from", 1).limit(most)
    return [from_stored(Case, row) async for row in found]


async def case_of(database: Database, referral_id: str) -> Case | None:
    """The case of a referral, if there is one."""
    row = await database[CASES].find_one({"_id": referral_id}, {"waiting": 0})
    return from_stored(Case, row) if row is not None else None
