"""What waits to be told, in MongoDB: put down by the loop, cancelled with it, worked off by the sender."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pymongo import ASCENDING, ReturnDocument, UpdateMany
from pymongo.asynchronous.database import AsyncDatabase

from contracts.envelope import Event, Payload
from notify_service.domain import Notice, Referral, owed
from servicekit.companion import Change
from servicekit.documents import from_stored

REFERRALS: Final = "referrals"
NOTIFICATIONS: Final = "notifications"
STARTS: Final = "starts"
_CLEARED: Final = dict.fromkeys(
    ("referral_id", "queue", "recipient", "what", "reason", "next_attempt_at", "traceparent"), ""
)
Database = AsyncDatabase[dict[str, Any]]


class Cancelling:
    """Beside the documents, in the same transaction: what may no longer be told is cancelled at once."""

    def __init__(self, oldest_days: int) -> None:
        self._oldest_days = oldest_days

    async def load(self, database: Database, session: Any, events: Sequence[Event[Payload]]) -> None:
        """Nothing: a fold needs its document only."""

    async def write(self, database: Database, session: Any, changes: Sequence[Change[Referral]], beside: None) -> None:  # noqa: ARG002
        """Cancel what was owed and is not, take up again what is owed anew, clear what was erased."""
        writes = [write for change in changes if change.before.version for write in self._writes(change)]
        if writes:
            await database[NOTIFICATIONS].bulk_write(writes, session=session)

    def _writes(self, change: Change[Referral]) -> list[UpdateMany]:
        now = datetime.now(UTC)
        if change.after.erased_at is not None:
            if change.before.erased_at is not None:
                return []
            gone = {"$set": {"state": "erased", "ended_at": now}, "$unset": _CLEARED}
            return [UpdateMany({"referral_id": change.after.id}, gone)]
        before, after = owed(change.before, self._oldest_days), owed(change.after, self._oldest_days)
        writes = []
        if no_longer := list(before.keys() - after.keys()):
            ended = {"$set": {"state": "cancelled", "ended_at": now}}
            writes.append(UpdateMany({"_id": {"$in": no_longer}, "state": "pending"}, ended))
        if anew := list(after.keys() - before.keys()):
            again = {"$set": {"state": "pending", "next_attempt_at": now}, "$unset": {"ended_at": ""}}
            writes.append(UpdateMany({"_id": {"$in": anew}, "state": "cancelled"}, again))
        return writes


class Notifications:
    """The queue of notifications. One that is taken up is ours for the time of the lease; then anybody's again."""

    def __init__(self, database: Database) -> None:
        self._rows, self._referrals, self._starts = (database[n] for n in (NOTIFICATIONS, REFERRALS, STARTS))

    async def prepare(self) -> None:
        """Create the indexes that the sender reads by, and put down the first start of this database."""
        await self._rows.create_index([("state", ASCENDING), ("queue", ASCENDING), ("next_attempt_at", ASCENDING)])
        await self._rows.create_index([("referral_id", ASCENDING)])
        await self._starts.update_one({"_id": "first"}, {"$setOnInsert": {"at": datetime.now(UTC)}}, upsert=True)

    async def first_start(self) -> datetime:
        """When this database began. What was accepted before was told by its predecessor, or by nobody."""
        start = await self._starts.find_one({"_id": "first"})
        if start is None:
            raise LookupError("prepare() puts it down")
        began: datetime = start["at"]
        return began

    async def queues_due(self) -> list[str]:
        """The queues in which something is to be sent now."""
        return await self._rows.distinct("queue", {"state": "pending", "next_attempt_at": {"$lte": datetime.now(UTC)}})

    async def owed(self) -> tuple[int, datetime | None]:
        """How many are still to be told, and when the oldest was accepted of those that were attempted in vain."""
        pending = await self._rows.count_documents({"state": "pending"})
        in_vain = {"state": "pending", "reason": {"$exists": True}}
        oldest = await self._rows.find_one(in_vain, {"accepted_at": 1}, sort=[("accepted_at", ASCENDING)])
        return pending, oldest["accepted_at"] if oldest else None

    async def take(self, queue: str, lease: timedelta) -> dict[str, Any] | None:
        """Take up the next notification of a queue and record that it is being attempted."""
        now = datetime.now(UTC)
        return await self._rows.find_one_and_update(
            {"state": "pending", "queue": queue, "next_attempt_at": {"$lte": now}},
            {"$set": {"attempted_at": now, "next_attempt_at": now + lease}, "$inc": {"attempts": 1}},
            sort=[("next_attempt_at", ASCENDING)],
            return_document=ReturnDocument.AFTER,
        )

    async def notice(self, row: dict[str, Any], oldest_days: int) -> Notice | None:
        """What the row stands for as things are now; None: it may not be told (any more)."""
        stored = await self._referrals.find_one({"_id": row["referral_id"]})
        return owed(from_stored(Referral, stored), oldest_days).get(row["_id"]) if stored else None

    async def sent(self, row: dict[str, Any]) -> None:
        """Record that it was told; that stays true even if it was cancelled meanwhile."""
        await self._end(row, "sent", {"state": {"$ne": "erased"}})

    async def ended(self, row: dict[str, Any], state: str) -> None:
        """Record why it will not be told: cancelled, before_start, no_address, gave_up."""
        await self._end(row, state, {"state": "pending"})

    async def again(self, row: dict[str, Any], at: datetime, reason: str | None = None) -> None:
        """Record why the attempt failed, if one was made, and when to try again."""
        why = {"reason": reason} if reason else {}
        await self._rows.update_one({"_id": row["_id"], "state": "pending"}, {"$set": {"next_attempt_at": at, **why}})

    async def _end(self, row: dict[str, Any], state: str, unless: dict[str, Any]) -> None:
        ended = {"$set": {"state": state, "ended_at": datetime.now(UTC)}, "$unset": {"next_attempt_at": ""}}
        await self._rows.update_one({"_id": row["_id"], **unless}, ended)
