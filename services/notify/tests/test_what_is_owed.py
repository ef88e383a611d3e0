"""How much is owed, and how old the oldest is that was attempted in vain: what an alert looks at."""

from datetime import UTC, datetime
from typing import Any

from pymongo import AsyncMongoClient
from support.real_parts import UniqueNames

from notify_service.store import NOTIFICATIONS, Notifications

MONDAY, TUESDAY, FRIDAY = (datetime(2025, 3, day, 9, tzinfo=UTC) for day in (3, 4, 7))


async def test_what_was_attempted_in_vain_is_as_old_as_its_event(mongo_url: str, unique_names: UniqueNames) -> None:
    async with AsyncMongoClient[dict[str, Any]](mongo_url, tz_aware=True) as client:
        database = client[unique_names.database("notify")]
        store = Notifications(database)
        assert await store.owed() == (0, None)
        await database[NOTIFICATIONS].insert_many(
            [
                {"_id": "not yet tried", "state": "pending", "accepted_at": MONDAY, "attempts": 0},
                {"_id": "being tried", "state": "pending", "accepted_at": MONDAY, "attempts": 1},
                {"_id": "in vain", "state": "pending", "accepted_at": FRIDAY, "attempts": 1, "reason": "http 500"},
                {"_id": "longer", "state": "pending", "accepted_at": TUESDAY, "attempts": 2, "reason": "timeout"},
                {"_id": "told at last", "state": "sent", "accepted_at": MONDAY, "attempts": 2, "reason": "timeout"},
            ]
        )
        assert await store.owed() == (4, TUESDAY)
        await client.drop_database(database.name)
