"""The one transaction of a batch, on MongoDB: documents, identities, outbox, what is parked, and the positions."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Generic, TypeVar

from pymongo import DeleteMany, InsertOne, ReplaceOne, UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import CollectionInvalid, OperationFailure

from servicekit.companion import Change
from servicekit.documents import Document, from_stored, to_stored
from servicekit.fold import Folded, Parked
from servicekit.outgoing import Outgoing, pack, unpack

D = TypeVar("D", bound=Document)
Position = tuple[str, int]  # topic, partition

_OUTBOX_BYTES: Final = 8 * 1024 * 1024  # half of what MongoDB takes as one document
_NAMESPACE_EXISTS: Final = 48


class Fenced(Exception):  # noqa: N818  not an error: another worker owns a partition now
    """A partition of the batch belongs to another worker, or its position moved: read again what is ours."""


class Raced(Exception):  # noqa: N818  not an error: fold again on what is there now
    """A document changed between read and write."""


@dataclass(frozen=True, slots=True)
class Sendable:
    """One committed outbox document: what the relay sends, and then deletes by its id."""

    id: str
    records: list[Outgoing]


class Ledger(Generic[D]):
    """Everything a loop keeps in its service's database. `owner` names this worker, for its whole life."""

    def __init__(
        self, database: AsyncDatabase[dict[str, Any]], loop: str, collection: str, kind: type[D], owner: str
    ) -> None:
        self.database = database
        self._loop, self._owner, self._kind = loop, owner, kind
        self.documents = database[collection]
        self._positions, self._identities = database["positions"], database["identities"]
        self._outbox, self._parked = database["outbox"], database["parked"]
        self._sequence = 0

    async def prepare(self, names: Iterable[str] = ()) -> None:
        """Create the collections (a transaction must find them) and the indexes the mechanism reads by."""
        kept = (self.documents, self._positions, self._identities, self._outbox, self._parked)
        for name in (*(collection.name for collection in kept), *names):
            await create_collection(self.database, name)
        await self._outbox.create_index([("loop", 1), ("owner", 1), ("seq", 1), ("n", 1)])
        await self._parked.create_index([("loop", 1), ("key", 1), ("_id", 1)])

    # -- taking over ----------------------------------------------------------------------------------------

    async def claim(self, session: AsyncClientSession, positions: Sequence[Position]) -> dict[Position, int]:
        """Make the partitions ours: end what the previous owners left open, write the claim, read the offsets.

        The claim is a write, so that a predecessor's commit is either before it or fails.
        """
        ids = [self._id(position) for position in positions]
        previous = [entry async for entry in self._positions.find({"_id": {"$in": ids}, "owner": {"$ne": self._owner}})]
        sessions = [entry["session"] for entry in previous if entry.get("session")]
        if sessions:
            await self.database.client.admin.command("killSessions", sessions)
        mine = {"owner": self._owner, "session": session.session_id}
        if ids:
            await self._positions.bulk_write(
                [
                    UpdateOne(
                        {"_id": self._id((topic, partition))},
                        {
                            "$set": mine,
                            "$setOnInsert": {"loop": self._loop, "topic": topic, "partition": partition, "next": 0},
                        },
                        upsert=True,
                    )
                    for topic, partition in positions
                ],
                ordered=False,
            )
        return await self.owned()

    async def owned(self) -> dict[Position, int]:
        """The next offset of every partition that is ours."""
        found = self._positions.find({"loop": self._loop, "owner": self._owner})
        return {(entry["topic"], entry["partition"]): entry["next"] async for entry in found}

    async def left(self) -> list[Sendable]:
        """What was committed and may not have been sent, by whomever, each worker's in the order of its commits."""
        found = self._outbox.find({"loop": self._loop}).sort({"owner": 1, "seq": 1, "n": 1})
        return [Sendable(entry["_id"], unpack(entry["body"])) async for entry in found]

    async def sent(self, ids: Sequence[str]) -> None:
        """Forget outbox documents whose records Kafka has acknowledged."""
        await self._outbox.delete_many({"_id": {"$in": list(ids)}})

    # -- one batch, inside the transaction ------------------------------------------------------------------

    async def load(self, session: AsyncClientSession, keys: Sequence[str]) -> dict[str, D]:
        """The documents of these keys that are stored."""
        found = self.documents.find({"_id": {"$in": keys}}, session=session, batch_size=len(keys) + 1)
        return {entry["_id"]: from_stored(self._kind, entry) async for entry in found}

    async def due(self, field: str, today: date) -> list[str]:
        """The keys of the documents whose `field` (an ISO day) has come, the earliest first."""
        found = self.documents.find({field: {"$lte": today.isoformat()}}, {"_id": 1}).sort(field, 1)
        return [entry["_id"] async for entry in found]

    async def seen(self, session: AsyncClientSession, identities: Sequence[bytes]) -> dict[bytes, bytes]:
        """The content hashes of the identities that are known already."""
        if not identities:
            return {}
        found = self._identities.find({"_id": {"$in": identities}}, session=session, batch_size=len(identities) + 1)
        return {entry["_id"]: entry["h"] async for entry in found}

    async def waiting_by_partner(self) -> Counter[str]:
        """How many events of each partner wait, over all partitions of this loop."""
        waiting: Counter[str] = Counter()
        async for entry in self._positions.find({"loop": self._loop, "waiting": {"$exists": True}}, {"waiting": 1}):
            waiting.update(entry["waiting"])
        return waiting

    async def write(
        self, session: AsyncClientSession, folded: Folded[D], moves: Mapping[Position, tuple[int, int]], now: datetime
    ) -> list[Sendable]:
        """Write what the batch changes. `moves` gives each partition's offset before and after.

        Raises `Fenced` or `Raced`, and the driver's errors; the caller ends the transaction.
        """
        await self._move(session, folded, moves)
        await self._write_documents(session, folded.changes)
        if folded.identities:
            new = [{"_id": known, "h": content} for known, content in folded.identities.items()]
            await self._identities.insert_many(new, session=session)
        await self._write_rows(session, folded)
        if folded.parked or folded.unparked:
            gone = [DeleteMany({"loop": self._loop, "key": {"$in": folded.unparked}})] if folded.unparked else []
            await self._parked.bulk_write([*gone, *self._park(folded.parked, now)], session=session)
        return await self._put_out(session, folded.out)

    async def _move(
        self, session: AsyncClientSession, folded: Folded[D], moves: Mapping[Position, tuple[int, int]]
    ) -> None:
        """Move the positions: only forwards, only from where we read, only while they are ours."""
        if not moves:
            return
        updates = []
        for position, (before, after) in moves.items():
            counted = {f"endings.{ending}": n for ending, n in folded.endings[position].items()}
            counted |= {f"waiting.{partner}": n for partner, n in folded.waiting[position].items() if n}
            update: dict[str, Any] = {"$set": {"next": after}}
            if counted:
                update["$inc"] = counted
            updates.append(UpdateOne({"_id": self._id(position), "owner": self._owner, "next": before}, update))
        moved = await self._positions.bulk_write(updates, session=session)
        if moved.matched_count != len(moves):
            raise Fenced

    async def _write_documents(self, session: AsyncClientSession, changes: Mapping[str, Change[D]]) -> None:
        new = [InsertOne(to_stored(change.after)) for change in changes.values() if not is_stored(change.before)]
        old = [
            ReplaceOne({"_id": key, **_same(change.before)}, to_stored(change.after))
            for key, change in changes.items()
            if is_stored(change.before)
        ]
        if not new and not old:
            return
        written = await self.documents.bulk_write([*new, *old], session=session)
        if written.matched_count != len(old):
            raise Raced

    async def _write_rows(self, session: AsyncClientSession, folded: Folded[D]) -> None:
        by_collection: dict[str, list[UpdateOne]] = {}
        for row in folded.rows:
            fields = {name: value for name, value in row.document.items() if name != "_id"}
            added = UpdateOne({"_id": row.document["_id"]}, {"$setOnInsert": fields}, upsert=True)
            by_collection.setdefault(row.collection, []).append(added)
        for collection, additions in by_collection.items():
            await self.database[collection].bulk_write(additions, session=session)

    def _park(self, parked: Sequence[Parked], now: datetime) -> list[InsertOne[dict[str, Any]]]:
        return [
            InsertOne(
                {
                    "_id": f"{self._loop}/{entry.record.place}",
                    "loop": self._loop,
                    "key": entry.key,
                    "cause": entry.cause,
                    "at": now,
                    "record": {**entry.record._asdict(), "headers": [list(header) for header in entry.record.headers]},
                }
            )
            for entry in parked
        ]

    async def _put_out(self, session: AsyncClientSession, out: list[Outgoing]) -> list[Sendable]:
        """One outbox document a batch, split where it would grow too large."""
        if not out:
            return []
        self._sequence += 1
        batch = [
            (Sendable(f"{self._owner}/{self._sequence}/{n}", part), n)
            for n, part in enumerate(_split(out, _OUTBOX_BYTES))
        ]
        await self._outbox.insert_many(
            [
                {
                    "_id": s.id,
                    "loop": self._loop,
                    "owner": self._owner,
                    "seq": self._sequence,
                    "n": n,
                    "body": pack(s.records),
                }
                for s, n in batch
            ],
            session=session,
        )
        return [sendable for sendable, _ in batch]

    def _id(self, position: Position) -> str:
        return f"{self._loop}/{position[0]}/{position[1]}"


def is_stored(document: Document) -> bool:
    """Whether MongoDB has it: the empty document of a key is nowhere."""
    return bool(document.version or document.waiting or document.parked)


def _same(before: Document) -> dict[str, Any]:
    """What must still hold of the stored document, beside its key, for our change to be the next one."""
    return {
        "version": before.version or {"$exists": False},
        "parked": before.parked or {"$exists": False},
        "waiting": {"$size": len(before.waiting)} if before.waiting else {"$exists": False},
    }


def _split(out: list[Outgoing], most_bytes: int) -> list[list[Outgoing]]:
    parts: list[list[Outgoing]] = [[]]
    size = 0
    for record in out:
        weight = len(record.value) + 400  # headers and key
        if size + weight > most_bytes and parts[-1]:
            parts.append([])
            size = 0
        parts[-1].append(record)
        size += weight
    return parts


async def create_collection(database: AsyncDatabase[dict[str, Any]], name: str) -> None:
    """Create a collection unless it is there; two services may try at once."""
    try:
        await database.create_collection(name)
    except CollectionInvalid:
        return
    except OperationFailure as failure:
        if failure.code != _NAMESPACE_EXISTS:
            raise
