"""Brings stored documents to the version that this code knows, before a loop reads them; refuses newer ones.

Which version a collection may hold stands in `stored_versions`, and is raised before the first newer document is
written: older code that starts meanwhile refuses to run, and an older worker that still runs stops at the first one.
"""

from typing import Any, Final

import structlog
from pymongo import ReplaceOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase

from servicekit.collections import create_collection
from servicekit.documents import FIRST_VERSION, VERSION_FIELD, Document, NewerData, migrated

_VERSIONS: Final = "stored_versions"
_DOCUMENTS: Final = 500  # a transaction

Collection = AsyncCollection[dict[str, Any]]
log = structlog.get_logger()


async def migrate(database: AsyncDatabase[dict[str, Any]], collection: str, kind: type[Document]) -> None:
    """Migrate what is older, in batches that each say how far it is. Raises `NewerData`.

    Workers that start together share the work; one that is killed is carried on from its last batch.
    """
    await create_collection(database, _VERSIONS)
    versions = database[_VERSIONS]
    stored = await versions.find_one({"_id": collection}) or {"version": FIRST_VERSION}
    if stored["version"] > kind.schema:
        raise NewerData(collection, stored["version"], kind.schema)
    if stored["version"] < kind.schema:
        await versions.update_one({"_id": collection}, {"$setOnInsert": {"version": FIRST_VERSION}}, upsert=True)
        older = {"_id": collection, "version": {"$lt": kind.schema}}
        begun = {"$set": {"version": kind.schema, "done": False, "documents": 0}, "$unset": {"after": ""}}
        await versions.update_one(older, begun)
    elif stored.get("done", True):
        return
    batch = _Batch(versions, database[collection], kind)
    async with database.client.start_session() as session:
        while await session.with_transaction(batch.migrate):
            log.info("migrating", collection=collection, version=kind.schema, documents=batch.documents)
    log.info("migrated", collection=collection, version=kind.schema, documents=batch.documents)


class _Batch:
    def __init__(
        self,
        versions: AsyncCollection[dict[str, Any]],
        documents: AsyncCollection[dict[str, Any]],
        kind: type[Document],
    ) -> None:
        self._versions, self._documents, self._kind = versions, documents, kind
        self.documents = 0

    async def migrate(self, session: AsyncClientSession) -> bool:
        """The next documents in the order of their keys; False if there are none."""
        name = {"_id": self._documents.name}
        standing = await self._versions.find_one(name, session=session) or {}
        if standing.get("done", True):
            return False
        beyond = {"_id": {"$gt": standing["after"]}} if "after" in standing else {}
        found = self._documents.find(beyond, session=session).sort("_id", 1).limit(_DOCUMENTS)
        entries = await found.to_list()
        older = [entry for entry in entries if entry.get(VERSION_FIELD, FIRST_VERSION) < self._kind.schema]
        if older:
            renewed = [ReplaceOne({"_id": entry["_id"]}, migrated(self._kind, entry)) for entry in older]
            await self._documents.bulk_write(renewed, session=session)
        self.documents = standing["documents"] + len(older)
        progress = {"after": entries[-1]["_id"]} if entries else {}
        done = len(entries) < _DOCUMENTS
        await self._versions.update_one(
            name, {"$set": {"documents": self.documents, "done": done, **progress}}, session=session
        )
        return not done
