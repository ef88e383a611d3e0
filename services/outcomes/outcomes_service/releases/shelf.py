"""Where releases stand: one document each, so that a release is published, corrected or withdrawn whole or not at all.

A release has at most 2,000 cells, which is well under a megabyte; MongoDB takes documents of 16. Beside what is
published a document keeps the `exact` tables behind it, which later releases are held against; they are read by
`exact_tables` and `went_out` alone and never leave the house.
"""

from datetime import datetime
from typing import Any, Final

import msgspec
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import DuplicateKeyError

from outcomes_service.releases.counts import WentOut
from outcomes_service.releases.hashing import content_hash
from outcomes_service.releases.model import Release, Status, Table

Database = AsyncDatabase[dict[str, Any]]

COLLECTION: Final = "releases"
_WITHOUT_EXACT: Final = {"exact": 0}
_WITHOUT_TABLES: Final = {"tables": 0, **_WITHOUT_EXACT}
_WENT_OUT: Final[tuple[Status, ...]] = ("published", "withdrawn")
_PLACES: Final = {"profile": 1, "synthetic": 1, "place": 1}


class NotAsThought(Exception):  # noqa: N818  it is an answer, and says what is the case
    """A release is not there, or is not in the state that this needs. The text is for the person who asked."""


async def published(database: Database) -> list[Release]:
    """Every release that went out, without tables, newest first; those withdrawn since are among them, marked."""
    return await _found(database, {"status": {"$in": _WENT_OUT}})


async def every(database: Database) -> list[Release]:
    """Drafts too, without tables, newest first. For staff."""
    return await _found(database, {})


async def get(database: Database, release_id: str) -> Release | None:
    """A release that went out, with its tables; one that was withdrawn shows none."""
    stored = await database[COLLECTION].find_one({"_id": release_id, "status": {"$in": _WENT_OUT}}, _WITHOUT_EXACT)
    if stored is None:
        return None
    return _release(stored if stored["status"] == "published" else {**stored, "tables": []})


async def went_out(database: Database, like: Release) -> list[WentOut]:
    """All that was ever published under its profile, synthetic as it is or not, oldest first: who kept it may compare.

    Those withdrawn too: what was once read cannot be unread. Releases of other profiles are left out: under `open`
    nobody is protected, because nobody is there.
    """
    alike = {"status": {"$in": _WENT_OUT}, **_alike(like)}
    found = database[COLLECTION].find({**alike, "_id": {"$ne": like.id}}).sort("published_at")
    return [WentOut(_exact(stored), _release(stored).tables) async for stored in found]


async def exact_tables(database: Database, release_id: str) -> tuple[Table, ...]:
    """The exact tables behind a release, for the check before it is published."""
    stored = await database[COLLECTION].find_one({"_id": release_id}, {"exact": 1})
    return _exact(stored) if stored else ()


async def fetch(database: Database, release_id: str) -> Release | None:
    """A release in whatever state, with its tables. For staff."""
    stored = await database[COLLECTION].find_one({"_id": release_id}, _WITHOUT_EXACT)
    return _release(stored) if stored else None


async def put(database: Database, release: Release, exact: tuple[Table, ...]) -> None:
    """Shelve a new release with the exact tables behind it. Raises `NotAsThought` if one of this id is there."""
    try:
        await database[COLLECTION].insert_one({**_stored(release), "exact": _plain(exact)})
    except DuplicateKeyError:
        raise NotAsThought(f"There is a release {release.id} already.") from None


async def publish(database: Database, release: Release, at: datetime, after: int) -> Release:
    """Publish a draft, if it is still the one that was checked, against all that went out before it: so many alike.

    Each takes the next place, which no two can take: of two drafts that were checked at once, and not against each
    other, one is told no. Raises `NotAsThought`.
    """
    if content_hash(release) != release.content_hash:
        raise NotAsThought(f"Release {release.id} does not say what its hash says: draft it again.")
    numbered = {"place": {"$exists": True}}
    await database[COLLECTION].create_index(list(_PLACES.items()), unique=True, partialFilterExpression=numbered)
    draft = {"_id": release.id, "status": "draft", "content_hash": release.content_hash}
    out = {"status": "published", "published_at": at, "place": after + 1}
    try:
        changed = await database[COLLECTION].update_one(draft, {"$set": out})
    except DuplicateKeyError:
        raise NotAsThought(f"Another release went out while {release.id} was checked: publish it again.") from None
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


def _alike(release: Release) -> dict[str, Any]:
    """Which releases it is held against."""
    return {"synthetic": release.synthetic, "profile": release.profile}


async def _found(database: Database, wanted: dict[str, Any]) -> list[Release]:
    order = [("drafted_at", -1), ("_id", -1)]
    return [_release(stored) async for stored in database[COLLECTION].find(wanted, _WITHOUT_TABLES).sort(order)]


def _stored(release: Release) -> dict[str, Any]:
    said: dict[str, Any] = _plain(release)
    return {"_id": said.pop("id"), **said}


def _plain(said: Any) -> Any:
    return msgspec.to_builtins(said, builtin_types=(datetime,))


def _exact(stored: dict[str, Any]) -> tuple[Table, ...]:
    return msgspec.convert(stored["exact"], tuple[Table, ...])


def _release(stored: dict[str, Any]) -> Release:
    return msgspec.convert({"tables": (), **stored, "id": stored["_id"]}, Release)
