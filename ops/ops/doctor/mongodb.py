"""What MongoDB says of itself: version, replica set, clock, disk, and the indexes of each service."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import OperationFailure, PyMongoError

from ops.connection import no_answer
from ops.doctor import indexes
from ops.doctor.finding import Finding, away, fine, wrong
from ops.doctor.here import disk
from ops.services import SERVICES
from outcomes_service.projections.roll_ups import POINTER, READ_MODELS
from servicekit.partners import REGISTRY_DATABASE
from servicekit.restoring import MARKS
from servicekit.settings import ServiceSettings

_MONGO: Final = "MongoDB"
_OLDEST: Final = 6
_CLOCK_SECONDS: Final = 60.0  # as services warn of it: what is accepted bears our time
_ALIVE: Final = (1, 2, 7)  # primary, secondary, arbiter
_ANSWER_MS: Final = 4_700  # the driver tries again each half second; to give up just then would cut a try short

Database = AsyncDatabase[dict[str, Any]]


async def look(settings: ServiceSettings) -> AsyncIterator[Finding]:
    """Everything that MongoDB can be asked."""
    connection = settings.mongo_connection() | {"timeoutMS": _ANSWER_MS}
    async with AsyncMongoClient[dict[str, Any]](**connection) as client:
        try:
            hello = await client.admin.command("hello")
            asked_at = datetime.now(UTC)
            yield version(str((await client.server_info())["version"]))
            yield clock((asked_at - hello["localTime"].replace(tzinfo=UTC)).total_seconds())
            yield await _replica_set(client, hello)
            registry = client[settings.database_prefix + REGISTRY_DATABASE]
            stats = await client.admin.command("dbStats")  # one that is always there
            yield disk(_MONGO, "disk", stats["fsTotalSize"], stats["fsTotalSize"] - stats["fsUsedSize"])
            yield await _whole(registry)
            yield await _indexes(REGISTRY_DATABASE, registry, indexes.REGISTRY)
            for name in SERVICES:
                database = client[settings.database_prefix + name]
                yield await _indexes(name, database, await _wanted(name, database))
        except PyMongoError as error:
            missing = no_answer(error)
            yield away(
                _MONGO,
                missing.message.rstrip("."),
                "Start it, or look at MONGO_URL, MONGO_USERNAME, MONGO_PASSWORD_FILE.",
            )


def version(there: str) -> Finding:
    """Whether the server is new enough."""
    if int(there.split(".", maxsplit=1)[0]) < _OLDEST:
        return wrong(
            _MONGO, "version", there, f"Upgrade it to {_OLDEST}.0 or later, one major version after the other."
        )
    return fine(_MONGO, "version", there)


def clock(ahead: float) -> Finding:
    """Whether our clock and MongoDB's agree; `ahead` in seconds."""
    said = f"this machine's is {abs(ahead):.1f} s {'ahead' if ahead > 0 else 'behind'}"
    if abs(ahead) > _CLOCK_SECONDS:
        return wrong(_MONGO, "clock", said, "Have both follow the same time servers (chrony, systemd-timesyncd).")
    return fine(_MONGO, "clock", said)


async def _replica_set(client: AsyncMongoClient[dict[str, Any]], hello: Mapping[str, Any]) -> Finding:
    if "setName" not in hello:
        do = "Start it with --replSet and initiate it: without one it has no transactions."
        return wrong(_MONGO, "replica set", "it is none", do)
    if not hello["isWritablePrimary"]:
        do = "Name the set by replicaSet= in MONGO_URL, and leave directConnection out."
        return wrong(_MONGO, "replica set", f"{hello['setName']}: this member is not the primary", do)
    try:
        members = (await client.admin.command("replSetGetStatus"))["members"]
    except OperationFailure:  # this user may not ask
        return fine(_MONGO, "replica set", f"{hello['setName']}, {len(hello['hosts'])} members by its own word")
    down = [member["name"] for member in members if member["state"] not in _ALIVE]
    said = f"{hello['setName']}, {len(members)} member{'s' if len(members) > 1 else ''}"
    if down:
        return wrong(_MONGO, "replica set", f"{said}; not there: {', '.join(down)}", "Start them again.")
    return fine(
        _MONGO, "replica set", said + (": a disk that is lost is data that is lost" if len(members) == 1 else "")
    )


async def _whole(registry: Database) -> Finding:
    half = await registry[MARKS].find_one({})
    if half is not None:
        said = f"a restore of {', '.join(half['services'])} is under way, or was stopped"
        return wrong(_MONGO, "restore", said, "If it was stopped: footing restore FOLDER --replace")
    return fine(_MONGO, "restore", "none is under way")


async def _wanted(service: str, database: Database) -> dict[str, tuple[indexes.Keys, ...]]:
    wanted = indexes.wanted(service)
    if service == "outcomes":
        pointer = await database[READ_MODELS].find_one({"_id": POINTER})
        wanted |= {pointer["cells"]: indexes.OF_CELLS} if pointer else {}
    return wanted


async def _indexes(name: str, database: Database, wanted: Mapping[str, tuple[indexes.Keys, ...]]) -> Finding:
    """Whether what is there has its indexes. A service that never ran has nothing yet: it makes them when it starts."""
    there = set(await database.list_collection_names())
    lacking = []
    for collection in sorted(wanted.keys() & there):
        found = {tuple(one["key"]) async for one in await database[collection].list_indexes()}
        lacking += [f"{collection} ({', '.join(keys)})" for keys in wanted[collection] if keys not in found]
    if lacking:
        do = f"Restart the {name} service, which makes them."
        if name == REGISTRY_DATABASE:
            do = "Restart any service, which makes them."
        return wrong(name, "indexes", f"missing: {'; '.join(lacking)}", do)
    return fine(name, "indexes", "as the code wants them" if there else "no database yet")
