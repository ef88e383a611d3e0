"""The one transaction of a batch, on MongoDB: documents, identities, outbox, what is parked, and the positions."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from pymongo import DeleteMany, InsertOne, ReplaceOne, UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase

from servicekit.collections import create_collection, create_index
from servicekit.companion import Change
from servicekit.documents import Document, from_stored, to_stored
from servicekit.folded import Folded, Parked
from servicekit.outbox import Outbox, Sendable
from servicekit.positions import Position, Positions

D = TypeVar("D", bound=Document)


class Raced(Exception):  # noqa: N818  not an error: fold again on what is there now
    """A document changed between read and write."""


class Ledger(Generic[D]):
    """Everything a loop keeps in its service's database. `owner` names this worker, for its whole life."""

    def __init__(
        self,
        database: AsyncDatabase[dict[str, Any]],
        loop: str,
        collection: str | Callable[[], str],
        kind: type[D],
        owner: str,
    ) -> None:
        self.database, self.owner = database, owner
        self._collection = collection
        self.positions = Positions(database, loop, owner)
        self.outbox = Outbox(database, loop, owner)
        self._loop, self._kind = loop, kind
        self._identities, self.parked = database["identities"], database["parked"]

    @property
    def documents(self) -> AsyncCollection[dict[str, Any]]:
        """Where the loop's documents are now."""
        return self.database[self._collection if isinstance(self._collection, str) else self._collection()]

    async def prepare(self) -> None:
        """Create the collections (a transaction must find them) and the indexes the mechanism reads by."""
        kept = (self.documents, self.positions.collection, self._identities, self.outbox.collection, self.parked)
        for collection in kept:
            await create_collection(self.database, collection.name)
        await create_index(self.outbox.collection, [("loop", 1), ("owner", 1), ("seq", 1), ("n", 1)])
        await create_index(self.parked, [("loop", 1), ("key", 1), ("n", 1)])
        asked = {"partialFilterExpression": {"asked": {"$exists": True}}}
        await create_index(self.parked, [("loop", 1), ("asked.at", 1)], **asked)

    async def due(self, field: str, today: date) -> list[str]:
        """The keys of the documents whose `field` (an ISO day) has come, the earliest first."""
        found = self.documents.find({field: {"$lte": today.isoformat()}}, {"_id": 1}).sort(field, 1)
        return [entry["_id"] async for entry in found]

    # -- inside the transaction -----------------------------------------------------------------------------

    async def load(self, session: AsyncClientSession, keys: Sequence[str]) -> dict[str, D]:
        """The documents of these keys that are stored."""
        found = self.documents.find({"_id": {"$in": keys}}, session=session, batch_size=len(keys) + 1)
        return {entry["_id"]: from_stored(self._kind, entry) async for entry in found}

    async def seen(self, session: AsyncClientSession, identities: Sequence[bytes]) -> dict[bytes, bytes]:
        """The content hashes of the identities that are known already."""
        if not identities:
            return {}
        found = self._identities.find({"_id": {"$in": identities}}, session=session, batch_size=len(identities) + 1)
        return {entry["_id"]: entry["h"] async for entry in found}

    async def write(
        self, session: AsyncClientSession, folded: Folded[D], moves: Mapping[Position, tuple[int, int]], now: datetime
    ) -> list[Sendable]:
        """Write what the batch changes; what is then to be sent. `moves`: each partition's offset before and after.

        Raises `Fenced` or `Raced`, and the driver's errors; the caller ends the transaction.
        """
        await self.positions.move(session, moves, folded.endings, folded.waiting, now)
        await self._write_documents(session, folded.changes)
        if folded.identities:
            new = [{"_id": known, "h": content} for known, content in folded.identities.items()]
            await self._identities.insert_many(new, session=session)
        await self._write_rows(session, folded)
        if folded.parked or folded.unparked:
            gone = [DeleteMany({"loop": self._loop, "key": {"$in": folded.unparked}})] if folded.unparked else []
            await self.parked.bulk_write([*gone, *self._park(folded.parked, now)], session=session)
        return await self.outbox.put(session, folded.out)

    async def _write_documents(self, session: AsyncClientSession, changes: Mapping[str, Change[D]]) -> None:
        """Insert what is new, replace what was loaded: in this same transaction, so that a change by anybody else
        since then is a write conflict. To compare versions as well would double what a replacement costs MongoDB.
        """
        new = [InsertOne(to_stored(change.after)) for change in changes.values() if not is_stored(change.before)]
        old = [
            ReplaceOne({"_id": key}, to_stored(change.after))
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
        return [InsertOne(parked_row(self._loop, entry, now)) for entry in parked]


def parked_row(loop: str, entry: Parked, now: datetime) -> dict[str, Any]:
    """A parked record as it is stored."""
    return {
        "_id": f"{loop}/{entry.record.place}",
        "loop": loop,
        "key": entry.key,
        "n": entry.n,
        "waited": entry.waited,
        "cause": entry.cause,
        "where": entry.where,
        "at": now,
        "record": {**entry.record._asdict(), "headers": [list(header) for header in entry.record.headers]},
    }


def is_stored(document: Document) -> bool:
    """Whether MongoDB has it: the empty document of a key is nowhere."""
    return bool(document.version or document.waiting or document.last_parked or document.parked)
