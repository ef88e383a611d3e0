"""The fence: which worker owns each partition of a loop, and which offset comes next. One document a partition."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase

from servicekit.naming import whose

Position = tuple[str, int]  # topic, partition
Counts = Mapping[Position, Counter[str]]


class Fenced(Exception):  # noqa: N818  not an error: another worker owns a partition now
    """A partition of the batch belongs to another worker, or its position moved: read again what is ours."""


class Positions:
    """The positions of one loop, as one worker (`owner`) sees and moves them."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]], loop: str, owner: str) -> None:
        self._client, self._loop, self._owner = database.client, loop, owner
        self.collection = database["positions"]

    async def claim(
        self, writes: AsyncClientSession, session: AsyncClientSession, positions: Sequence[Position]
    ) -> dict[Position, int]:
        """Make the partitions ours: end what any owner left open, write the claim, read the offsets.

        `writes` is the session of our transactions, which a successor will end; `session` is that of the claim.

        The claim is a write, also where the partition was ours before: a commit whose answer was lost, a predecessor's
        or our own, is either before it or fails.
        """
        if positions:
            await self._end_open_transactions(positions)
            mine = {"owner": self._owner, "session": writes.session_id}
            claims = [
                UpdateOne(
                    {"_id": self._id(position)},
                    {"$set": mine, "$inc": {"claims": 1}, "$setOnInsert": self._first(position)},
                    upsert=True,
                )
                for position in positions
            ]
            await self.collection.bulk_write(claims, ordered=False, session=session)
        return await self.owned(session)

    async def owned(self, session: AsyncClientSession) -> dict[Position, int]:
        """The next offset of every partition that is ours."""
        found = self.collection.find({"loop": self._loop, "owner": self._owner}, session=session)
        return {(entry["topic"], entry["partition"]): entry["next"] async for entry in found}

    async def move(
        self,
        session: AsyncClientSession,
        moves: Mapping[Position, tuple[int, int]],
        endings: Counts,
        waiting: Counts,
        now: datetime,
    ) -> None:
        """Move each position from its offset before to that after, and count how its records ended.

        Only forwards, only from where we read, only while it is ours: else `Fenced`. Where before and after are the
        same it is a write all the same, so that it cannot commit beside the claim of another.
        """
        if not moves:
            return
        updates = []
        for position, (before, after) in moves.items():
            counted = _counted(position, endings, waiting)
            moved = {"next": after, "moved_at": now} if after > before else {"next": after}
            update: dict[str, Any] = {"$set": moved, "$inc": {"moves": 1} | counted}
            updates.append(UpdateOne({"_id": self._id(position), "owner": self._owner, "next": before}, update))
        written = await self.collection.bulk_write(updates, session=session)
        if written.matched_count != len(moves):
            raise Fenced

    async def recount(self, session: AsyncClientSession, endings: Counts, waiting: Counts) -> None:
        """Count other endings for records of partitions whose positions stay, whoever owns them.

        Not fenced by itself: it goes into a transaction that moves a position of ours.
        """
        counted = {place: _counted(place, endings, waiting) for place in {*endings, *waiting}}
        updates = [UpdateOne({"_id": self._id(place)}, {"$inc": counts}) for place, counts in counted.items() if counts]
        if updates:
            await self.collection.bulk_write(updates, session=session)

    async def waiting_by_partner(self) -> Counter[str]:
        """How many events of each partner wait, over all partitions of this loop."""
        waiting: Counter[str] = Counter()
        for name, count in (await self.waiting()).items():
            waiting[whose(name)[0]] += count
        return waiting

    async def waiting(self) -> Counter[str]:
        """How many events wait, over all partitions of this loop, as they are `named`."""
        waiting: Counter[str] = Counter()
        async for entry in self.collection.find({"loop": self._loop, "waiting": {"$exists": True}}, {"waiting": 1}):
            waiting.update(entry["waiting"])
        return waiting

    async def _end_open_transactions(self, positions: Sequence[Position]) -> None:
        """Whoever was killed, or cut off, can leave documents locked for more than a minute: end their sessions."""
        ids = {"_id": {"$in": [self._id(position) for position in positions]}, "session": {"$exists": True}}
        sessions = {entry["owner"]: entry["session"] async for entry in self.collection.find(ids)}
        if sessions:
            await self._client.admin.command("killSessions", list(sessions.values()))

    def _first(self, position: Position) -> dict[str, Any]:
        topic, partition = position
        return {"loop": self._loop, "topic": topic, "partition": partition, "next": 0}

    def _id(self, position: Position) -> str:
        return f"{self._loop}/{position[0]}/{position[1]}"


def _counted(position: Position, endings: Counts, waiting: Counts) -> dict[str, int]:
    counted = {f"endings.{ending}": n for ending, n in endings.get(position, {}).items() if n}
    return counted | {f"waiting.{partner}": n for partner, n in waiting.get(position, {}).items() if n}
