"""Takes a backup: every collection of the databases as of one moment of MongoDB, written as files."""

import json
import platform
import shutil
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, cast

from bson import CodecOptions, json_util
from bson.raw_bson import RawBSONDocument
from pymongo import AsyncMongoClient
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import OperationFailure

from ops.backup.folder import Kept, Manifest, Writing, aside, put_down
from ops.backup.log import look
from ops.errors import Missing
from servicekit.partners import REGISTRY_DATABASE, Partners
from servicekit.settings import ServiceSettings

OPERATORS: Final = "ops"  # what operators did: only ever added to
BESIDE: Final = (REGISTRY_DATABASE, OPERATORS)  # databases of no one service
_RAW: Final[CodecOptions[RawBSONDocument]] = CodecOptions(document_class=RawBSONDocument)
_SAY_EVERY_SECONDS: Final = 2.0
_NO_SUCH_MOMENT: Final = (239, 246)  # SnapshotTooOld, SnapshotUnavailable
_PROBES: Final = "probes"  # what services write to see whether they can
_ROOM: Final = 1.1  # times what MongoDB says that the data take

Say = Callable[[str], None]
Database = AsyncDatabase[dict[str, Any]]


async def take(settings: ServiceSettings, folder: Path, services: Sequence[str], say: Say) -> Manifest:
    """Copy these services' databases, the registry and what operators did into `folder`, which is not there yet.

    Everything is read in one snapshot. Topic ends are looked up before it, so that whatever a service announced after
    it stands behind them. Raises `Missing` where there is nothing to copy, no room, or no one moment to be had.
    """
    async with patient(settings) as client:
        registry = Partners(client[settings.database_prefix + REGISTRY_DATABASE]["partners"])
        await registry.refresh()
    log = await look(settings, registry.names)
    with aside(folder) as place:
        async with patient(settings) as client, client.start_session(snapshot=True) as session:
            databases = [client[settings.database_prefix + name] for name in (*services, *BESIDE)]
            names = {database.name: await _collections(database) for database in databases}
            if not any(names.values()):
                raise Missing(f"There are no databases {settings.database_prefix}* here.", "See: footing doctor")
            await _assert_room(databases, folder.parent)
            copy = _Copy(settings.database_prefix, place, session, say)
            try:
                kept = [await copy.of(database, name) for database in databases for name in names[database.name]]
            except OperationFailure as failure:
                if failure.code not in _NO_SUCH_MOMENT:
                    raise
                raise _no_moment(failure) from None
            manifest = Manifest(
                cluster_time=copy.cluster_time,
                versions={
                    "footing": version("footing-ops"),
                    "mongodb": str((await client.server_info())["version"]),
                    "python": platform.python_version(),
                },
                kafka_cluster=log.cluster,
                ends=log.by_topic(),
                files=kept,
            )
        put_down(place, manifest)
    return manifest


def patient(settings: ServiceSettings) -> AsyncMongoClient[dict[str, Any]]:
    """A client for what takes long: only finding MongoDB is bounded in time."""
    connection = settings.mongo_connection()
    milliseconds = connection.pop("timeoutMS")
    return AsyncMongoClient(**connection, serverSelectionTimeoutMS=milliseconds)


async def _collections(database: Database) -> list[str]:
    """What holds documents, without views and MongoDB's own."""
    found = [entry async for entry in await database.list_collections()]
    return sorted(
        entry["name"]
        for entry in found
        if entry["type"] == "collection" and not entry["name"].startswith("system.") and entry["name"] != _PROBES
    )


async def _assert_room(databases: Sequence[Database], place: Path) -> None:
    needed = sum([(await database.command("dbStats"))["dataSize"] for database in databases])
    free = shutil.disk_usage(place).free
    if needed * _ROOM > free:
        raise Missing(
            f"The copy takes {needed / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free there.", "Name another place."
        )


def _no_moment(failure: OperationFailure) -> Missing:
    if failure.code == 239:
        return Missing(
            "The copy took longer than MongoDB keeps the past.",
            "Let it keep more while the copy is made, an hour say: "
            "db.adminCommand({setParameter: 1, minSnapshotHistoryWindowInSeconds: 3600})",
        )
    return Missing(
        "A collection was made or dropped at that moment.",
        "Wait until rebuilds and starts of services are over, and take it again.",
    )


class _Copy:
    """The moment, once it is known, and how far it is told to be."""

    def __init__(self, prefix: str, place: Path, session: AsyncClientSession, say: Say) -> None:
        self._prefix, self._place, self._session, self._say = prefix, place, session, say
        self._said_at = time.monotonic()
        self.cluster_time = (0, 0)

    async def of(self, database: Database, collection: str) -> Kept:
        """One collection."""
        name = database.name.removeprefix(self._prefix)
        indexes = [dict(index) async for index in await database[collection].list_indexes()]
        with Writing(self._place / name / f"{collection}.bson") as file:
            as_bytes = database.get_collection(collection, codec_options=_RAW)
            async for document in as_bytes.find(session=self._session):
                file.add(cast(RawBSONDocument, document).raw)
                self._now_and_then(f"{name}.{collection}: {file.documents:,} documents")
        if self.cluster_time == (0, 0):
            moment = self._session._snapshot_time
            self.cluster_time = (moment.time, moment.inc) if moment else (0, 0)
        self._say(f"{name}.{collection}: {file.documents:,} documents, {file.bytes / 1e6:.1f} MB")
        told = json.loads(json_util.dumps([index for index in indexes if index["name"] != "_id_"]))
        return Kept(name, collection, file.documents, file.bytes, file.sha256, told)

    def _now_and_then(self, what: str) -> None:
        if time.monotonic() - self._said_at > _SAY_EVERY_SECONDS:
            self._said_at = time.monotonic()
            self._say(what)
