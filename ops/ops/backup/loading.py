"""Brings files of a backup into databases, and databases into the place of others."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from bson import CodecOptions, decode_file_iter, json_util
from bson.raw_bson import RawBSONDocument
from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import BulkWriteError

from ops.backup.folder import Kept
from servicekit.collections import create_collection
from servicekit.restoring import MARKS

_RAW: Final[CodecOptions[RawBSONDocument]] = CodecOptions(document_class=RawBSONDocument)
_MOST_DOCUMENTS: Final = 1_000
_MOST_BYTES: Final = 8 * 1024 * 1024
_DUPLICATE: Final = 11000

Database = AsyncDatabase[dict[str, Any]]


async def load(database: Database, folder: Path, kept: Kept) -> None:
    """Write the documents of a file into a new collection of the same name."""
    await create_collection(database, kept.collection)
    collection = database.get_collection(kept.collection, codec_options=_RAW)
    batch: list[RawBSONDocument] = []
    size = 0
    with (folder / kept.file).open("rb") as file:
        for document in decode_file_iter(file, _RAW):
            batch.append(document)
            size += len(document.raw)
            if len(batch) >= _MOST_DOCUMENTS or size >= _MOST_BYTES:
                await collection.insert_many(batch, ordered=False)
                batch, size = [], 0
    if batch:
        await collection.insert_many(batch, ordered=False)


async def index(database: Database, kept: Kept) -> None:
    """Make the indexes that the collection had and that its service has not made by itself."""
    names = await database.list_collection_names()
    if kept.collection not in names:
        return  # a read model that was made for other measures, and has been made anew
    there = [list(one["key"].items()) async for one in await database[kept.collection].list_indexes()]
    wanted = json_util.loads(json.dumps(kept.indexes))
    missing = [
        {name: value for name, value in one.items() if name not in ("v", "ns")}
        for one in wanted
        if list(one["key"].items()) not in there
    ]
    if missing:
        await database.command("createIndexes", kept.collection, indexes=missing)


async def holds_anything(database: Database) -> str | None:
    """The name of a collection with documents in it, if there is one."""
    for name in await _collections(database):
        if name != MARKS and await database[name].find_one({}, {"_id": 1}):
            return f"{database.name}.{name}"
    return None


async def replace(client: AsyncMongoClient[dict[str, Any]], source: str, target: str) -> None:
    """Put every collection of `source` in the place of what `target` holds. Views go: services make them at start."""
    fresh = await _collections(client[source])
    for entry in [entry async for entry in await client[target].list_collections()]:
        name = entry["name"]
        if name not in (*fresh, MARKS) and not name.startswith("system."):
            await client[target].drop_collection(name)
    for name in fresh:
        move = {"renameCollection": f"{source}.{name}", "to": f"{target}.{name}", "dropTarget": True}
        await client.admin.command({**move, "writeConcern": {"w": "majority"}})


async def add(source: Database, target: Database) -> None:
    """Add the documents that the target lacks, and leave those that it has."""
    for name in await _collections(source):
        await create_collection(target, name)
        batch: list[dict[str, Any]] = []
        async for document in source[name].find():
            batch.append(document)
            if len(batch) >= _MOST_DOCUMENTS:
                await _add(target[name], batch)
                batch = []
        await _add(target[name], batch)


async def _add(collection: AsyncCollection[dict[str, Any]], documents: list[dict[str, Any]]) -> None:
    if not documents:
        return
    try:
        await collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        if any(each["code"] != _DUPLICATE for each in error.details["writeErrors"]):
            raise


async def _collections(database: Database) -> Iterable[str]:
    found = [entry async for entry in await database.list_collections()]
    return sorted(
        entry["name"] for entry in found if entry["type"] == "collection" and not entry["name"].startswith("system.")
    )
