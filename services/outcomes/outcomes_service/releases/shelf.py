"""Where releases stand: one document each, so that a release is published, corrected or withdrawn whole or not at all.

A release has at most 2,000 cells, which is well under a megabyte; MongoDB takes documents of 16.
"""

from datetime import datetime
from typing import Any, Final

import msgspec
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from outcomes_service.releases.hashing import content_hash
from outcomes_service.releases.model import Release, Status

Database = AsyncDatabase[dict[str, Any]]

COLLECTION: Final = "releases"
_WITHOUT_TABLES: Final = {"tables": 0}
_WENT_OUT: Final[tuple[Status, ...]] = ("published", "withdrawn")


class NotAsThought(Exception):  # noqa: N818  it is an answer, and says what is the case
    """A release is not there, or is not in the state that this needs. The text is for the person who asked."""


async def published(database: Database) -> list[Release]:
    """Every release that went out, without tables, newest first; those withdrawn since are among them, marked."""
    return await _found(database, {"status": {"$in": _WENT_OUT}})


async def every(database: Database) -> list[Release]:
    """Drafts too, without tables, newest first. For staff."""
    return await _found(database, {})


async def latest(database: Database, synthetic: bool | None = None, profile: str | None = None) -> Release | None:
    """The published release of the latest day with its tables; a correction rather than what it corrects."""
    wanted: dict[str, Any] = {"status": "published"}
    if synthetic is not None:
        wanted["synthetic"] = synthetic
    if profile is not None:
        wanted["profile"] = profile
    stored = await database[COLLECTION].find_one(wanted, sort=[("as_of", -1), ("published_at", -1)])
    return _release(stored) if stored else None


async def get(database: Database, release_id: str) -> Release | None:
    """A release that went out, with its tables; one that was withdrawn shows none."""
    stored = await database[COLLECTION].find_one({"_id": release_id, "status": {"$in": _WENT_OUT}})
    if stored is None:
        return None
    return _release(stored if stored["status"] == "published" else {**stored, "tables": []})


async def went_out(database: Database) -> list[Release]:
    """All that was ever published, with tables, oldest first: what somebody may have kept and compare with others.

    Those withdrawn too: what was once read cannot be unread.
    """
    found = database[COLLECTION].find({"status": {"$in": _WENT_OUT}}).sort("published_at")
    return [_release(stored) async for stored in found]


async def fetch(database: Database, release_id: str) -> Release | None:
    """A release in whatever state, with its tables. For staff."""
    stored = await database[COLLECTION].find_one({"_id": release_id})
    return _release(stored) if stored else None


async def put(database: Database, release: Release) -> None:
    """Shelve a new release. Raises `NotAsThought` if one of this id is there."""
    try:
        await database[COLLECTION].insert_one(_stored(release))
    except DuplicateKeyError:
        raise NotAsThought(f"There is a release {release.id} already.") from None


async def publish(database: Database, release: Release, at: datetime) -> Release:
    """Publish a draft, if it is still the one that was checked. Raises `NotAsThought`."""
    if content_hash(release) != release.content_hash:
        raise NotAsThought(f"Release {release.id} does not say what its hash says: draft it again.")
    draft = {"_id": release.id, "status": "draft", "content_hash": release.content_hash}
    changed = await database[COLLECTION].update_one(draft, {"$set": {"status": "published", "published_at": at}})
    if not changed.matched_count:
        raise NotAsThought(f"Release {release.id} is no longer the draft that was checked.")
    return msgspec.structs.replace(release, status="published", published_at=at)


async def withdraw(database: Database, release_id: str, at: datetime, because: str) -> None:
    """Take back a published release: it is shown no more, its address says when and why. Raises `NotAsThought`."""
    gone = {"status": "withdrawn", "withdrawn_at": at, "withdrawn_because": because}
    changed = await database[COLLECTION].update_one({"_id": release_id, "status": "published"}, {"$set": gone})
    if not changed.matched_count:
        raise NotAsThought(f"There is no published release {release_id}.")


async def discard(database: Database, release_id: str) -> None:
    """Drop a draft. Raises `NotAsThought`: what went out stays, or is withdrawn."""
    dropped = await database[COLLECTION].delete_one({"_id": release_id, "status": "draft"})
    if not dropped.deleted_count:
        raise NotAsThought(f"There is no draft {release_id}.")


async def _found(database: Database, wanted: dict[str, Any]) -> list[Release]:
    order = [("drafted_at", -1), ("_id", -1)]
    return [_release(stored) async for stored in database[COLLECTION].find(wanted, _WITHOUT_TABLES).sort(order)]


def _stored(release: Release) -> dict[str, Any]:
    said: dict[str, Any] = msgspec.to_builtins(release, builtin_types=(datetime,))
    return {"_id": said.pop("id"), **said}


def _release(stored: dict[str, Any]) -> Release:
    return msgspec.convert({"tables": (), **stored, "id": stored["_id"]}, Release)
