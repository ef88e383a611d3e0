"""What a worker has committed to say and Kafka has not yet acknowledged: one document a batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any, Final

from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.write_concern import WriteConcern

from servicekit.outgoing import Outgoing, pack, unpack

_MOST_BYTES: Final = 8 * 1024 * 1024  # half of what MongoDB takes as one document
_ENVELOPE_BYTES: Final = 400  # headers and key of a record, roughly


@dataclass(frozen=True, slots=True)
class Sendable:
    """One committed outbox document: what the relay sends, and then deletes by its id.

    `after`: what others had committed, and nobody had forgotten yet, when this was committed. It may report earlier
    changes of the same referrals, so it is to appear first.
    """

    id: str
    records: list[Outgoing]
    after: tuple[str, ...] = ()


class Outbox:
    """The outbox of one loop; `owner` writes to it, whoever takes over reads what all left."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]], loop: str, owner: str) -> None:
        self.collection = database["outbox"]
        # A deletion that is lost makes the batch go out twice, which is allowed: it need not wait for a majority.
        self._forgetful = self.collection.with_options(write_concern=WriteConcern(w=1))
        self._loop, self._owner, self._sequence = loop, owner, 0
        self.reads_after: Sequence[AsyncClientSession] = ()  # whatever these wrote or saw, `left` sees too

    async def put(self, session: AsyncClientSession, out: list[Outgoing]) -> list[Sendable]:
        """Add what a batch says, split where one document would grow too large."""
        if not out:
            return []
        self._sequence += 1
        after = await self.left_by_others(session)  # the snapshot that the documents were read in
        parts = [Sendable(_id(self._owner, self._sequence, n), part, after) for n, part in enumerate(_split(out))]
        rows = [
            {"_id": part.id, "loop": self._loop, "owner": self._owner, "seq": self._sequence, "n": n}
            | ({"after": after} if after else {})
            | {"body": pack(part.records)}
            for n, part in enumerate(parts)
        ]
        await self.collection.insert_many(rows, session=session)
        return parts

    async def left(self) -> list[Sendable]:
        """What was committed and may not have been sent, by whomever, in an order in which it may appear.

        Read in one snapshot, for a later commit must not be found without an earlier one; and not from the past, for a
        new primary may answer from before the last commit of the old one.
        """
        by_age = {"owner": 1, "seq": 1, "n": 1}
        async with self.collection.database.client.start_session() as session:
            for before in self.reads_after:
                if before.operation_time is not None and before.cluster_time is not None:
                    session.advance_cluster_time(before.cluster_time)
                    session.advance_operation_time(before.operation_time)
            await session.start_transaction()
            rows = [row async for row in self.collection.find({"loop": self._loop}, session=session).sort(by_age)]
            await session.commit_transaction()  # now a majority has what was read
        return _in_order(rows)

    async def left_by_others(self, session: AsyncClientSession) -> tuple[str, ...]:
        """The ids of what others committed and nobody has forgotten yet; most of it is on its way."""
        return await self._ids({"loop": self._loop, "owner": {"$ne": self._owner}}, session)

    async def left_ids(self) -> tuple[str, ...]:
        """The ids of all that nobody has forgotten yet: ours too, for MongoDB can roll a deletion back."""
        return await self._ids({"loop": self._loop}, None)

    async def _ids(self, query: Mapping[str, Any], session: AsyncClientSession | None) -> tuple[str, ...]:
        fields = {"_id": 0, "owner": 1, "seq": 1, "n": 1}  # all of it stands in the index
        found = self.collection.find(query, fields, session=session)
        return tuple([_id(row["owner"], row["seq"], row["n"]) async for row in found])

    async def still_left(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Which of these still stand there."""
        found = self.collection.find({"_id": {"$in": list(ids)}}, {"_id": 1})
        return tuple([row["_id"] async for row in found])

    async def sent(self, ids: Sequence[str]) -> None:
        """Forget documents whose records Kafka has acknowledged."""
        await self._forgetful.delete_many({"_id": {"$in": list(ids)}})


def _id(owner: str, sequence: int, part: int) -> str:
    return f"{owner}/{sequence}/{part}"


def _in_order(rows: Sequence[Any]) -> list[Sendable]:
    """Each owner's in the order of its commits, and everything behind what it was committed after."""
    left = {row["_id"]: Sendable(row["_id"], unpack(row["body"]), tuple(row.get("after", ()))) for row in rows}
    first: TopologicalSorter[str] = TopologicalSorter()
    own: dict[str, str] = {}
    for row in rows:
        first.add(row["_id"], *[earlier for earlier in left[row["_id"]].after if earlier in left])
        if row["owner"] in own:
            first.add(row["_id"], own[row["owner"]])
        own[row["owner"]] = row["_id"]
    return [left[one] for one in first.static_order()]


def _split(out: list[Outgoing]) -> list[list[Outgoing]]:
    parts: list[list[Outgoing]] = [[]]
    size = 0
    for record in out:
        weight = len(record.value) + _ENVELOPE_BYTES
        if size + weight > _MOST_BYTES and parts[-1]:
            parts.append([])
            size = 0
        parts[-1].append(record)
        size += weight
    return parts
