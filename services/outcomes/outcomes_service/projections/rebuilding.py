"""Rebuilds the read models from the canonical topics beside those that are live; `taking_over` makes the new live.

`rebuilds` holds one document a rebuild and one a lane of it: what is done is never done again, what was half done is.
The new version has positions of its own, under a loop of its own name, until the projector's take them over.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase

from contracts.topics import CANONICAL_PARTITIONS, EVENT_TYPES
from outcomes_service.indicators.catalogue import Known
from outcomes_service.projections import building
from outcomes_service.projections.cells import Counts, add, cells_of_person
from outcomes_service.projections.journeys import PROJECTS, Journey, read_record
from outcomes_service.projections.loading import Loaded
from outcomes_service.projections.persons import row_from
from outcomes_service.projections.roll_ups import POINTER, READ_MODELS, Names, RollUps, updates_of
from servicekit.collections import create_collection
from servicekit.ledger import parked_row
from servicekit.loop import Loop
from servicekit.positions import Position

PROJECTOR: Final = "projector"
REBUILDS: Final = "rebuilds"
LOADING: Final = "loading"
OPENING: Final = "opening"  # an old version, to which one goes back
FOLLOWING: Final = "following"
LIVE: Final = "live"
UNFINISHED: Final = [LOADING, OPENING, FOLLOWING]
TOPICS: Final = sorted({k.topic for k in EVENT_TYPES.values() if k.topic and k.canonical in PROJECTS.follow})
SILENT_FOR: Final = timedelta(seconds=5)
_LANE_OF_PERSONS: Final = 0  # persons have referrals in several lanes; figures are sums over all lanes

Database = AsyncDatabase[dict[str, Any]]


class Overtaken(Exception):  # noqa: N818  says what happened, in the operators' words
    """The live version is another than the one beside which this was begun."""


@dataclass(frozen=True, slots=True)
class Rebuild:
    """One rebuild, as far as it does not change: what it makes, what is live beside it, and up to where it loads."""

    names: Names
    replaces: Names
    fingerprint: str
    until: Mapping[Position, int]

    @property
    def id(self) -> str:
        """What it is called: its journeys."""
        return self.names.journeys

    @property
    def loop(self) -> str:
        """The name under which it keeps its positions and what it has parked."""
        return f"{PROJECTOR}/{self.id}"

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Rebuild":
        """As it is stored."""
        until = {(topic, partition): offset for topic, partition, offset in stored["until"]}
        return cls(Names.of(stored), Names.of(stored["replaces"]), stored["fingerprint"], until)

    def of_lane(self, lane: int) -> dict[Position, int]:
        """Up to where a lane is loaded."""
        return {place: offset for place, offset in self.until.items() if place[1] == lane}


def parked_of(names: Names) -> str:
    """The collection of what the projector had parked when this version was replaced."""
    return f"parked_{names.journeys}"


def projecting(known: Known, rebuild: Rebuild) -> Loop[Journey, Known]:
    """The projector's loop as it writes the new version, until that is live."""
    roll_ups = RollUps(known, rebuild.names)
    return Loop(
        rebuild.loop, PROJECTS, Journey, rebuild.id, known, companion=roll_ups, remembers=False, reader=read_record
    )


async def begun(database: Database, known: Known, until: Mapping[Position, int]) -> Rebuild:
    """The rebuild that was begun and not ended, or a new one that loads up to these offsets.

    One that was begun beside another live version, or by other code, is no use any more and goes.
    """
    await create_collection(database, REBUILDS)
    pointer = await pointer_of(database)
    if pointer["fingerprint"] != known.fingerprint:
        raise Overtaken("The read models were made for other measures or schemes: start the outcomes service anew.")
    live = Names.of(pointer)
    await building.show_all(database, live)  # a rebuild can have been killed just before it did
    async for stored in database[REBUILDS].find({"state": {"$in": UNFINISHED}}).sort("back", -1):
        rebuild = Rebuild.of(stored)
        if stored.get("back") and rebuild.fingerprint == known.fingerprint:
            raise Overtaken(f"Somebody goes back to {rebuild.id}. End that first: footing rebuild back {rebuild.id}")
        if rebuild.replaces == live and rebuild.fingerprint == known.fingerprint:
            return rebuild
        await abandon(database, rebuild)
    numbers = [int(name.removeprefix("journeys_v")) for name in await database.list_collection_names()
               if name.startswith("journeys_v")]  # fmt: skip
    names = building.new_names(f"journeys_v{max(numbers, default=1) + 1}")
    rebuild = Rebuild(names, live, known.fingerprint, until)
    await building.create(database, names)
    await database[REBUILDS].insert_one(
        {"_id": rebuild.id, "state": LOADING, "fingerprint": known.fingerprint, "begun_at": datetime.now(UTC)}
        | asdict(names) | {"replaces": asdict(live), "until": [[*place, offset] for place, offset in until.items()]}
    )  # fmt: skip
    await database[REBUILDS].insert_many(
        [
            {"_id": f"{rebuild.id}/{lane}", "lane": lane, "loaded": False, "read": 0,
             "events": sum(rebuild.of_lane(lane).values())}
            for lane in range(CANONICAL_PARTITIONS)
        ]
    )  # fmt: skip
    return rebuild


async def state(database: Database, rebuild: Rebuild) -> str:
    """`loading`, `opening`, `following` or `live`."""
    stored = await database[REBUILDS].find_one({"_id": rebuild.id})
    return str(stored["state"]) if stored else ""


async def at_work(database: Database, rebuild: Rebuild, who: str) -> bool:
    """Say that we are at it, every second; False if another has said so within the last few.

    Who was killed at it can have left a transaction open, which would lock what it touched for a minute: it is ended.
    """
    now = datetime.now(UTC)
    silent = {"worker_seen_at": {"$not": {"$gt": now - SILENT_FOR}}}
    if left := await database[REBUILDS].find_one({"_id": rebuild.id, "worker": {"$ne": who}, **silent}):
        await _end_open_transactions(database, left)
    free = {"$or": [{"worker": who}, silent]}
    said = {"$set": {"worker": who, "worker_seen_at": now}}
    return bool((await database[REBUILDS].update_one({"_id": rebuild.id, **free}, said)).matched_count)


async def lanes_left(database: Database, rebuild: Rebuild) -> list[int]:
    """The lanes that are not loaded, the longest first."""
    query = {"_id": {"$regex": f"^{rebuild.id}/"}, "loaded": False}
    return [entry["lane"] async for entry in database[REBUILDS].find(query).sort("events", -1)]


async def lane_loaded(database: Database, rebuild: Rebuild, lane: int, loaded: Loaded) -> None:
    """End a lane: its sums, what it has parked and that it is done, in one transaction."""
    now = datetime.now(UTC)
    updates = list(updates_of(lane, loaded.counts))
    parked = [parked_row(rebuild.loop, entry, now) for entry in loaded.parked]
    done = {
        "loaded": True, "documents": loaded.documents, "mixed": loaded.mixed, "parked": len(parked),
        "endings": [[*place, dict(ended)] for place, ended in loaded.endings.items()],
    }  # fmt: skip

    async def work(session: AsyncClientSession) -> None:
        of_lane = {"_id": f"{rebuild.id}/{lane}", "loaded": False}
        if not (await database[REBUILDS].update_one(of_lane, {"$set": done}, session=session)).matched_count:
            return
        if updates:
            await database[rebuild.names.cells].bulk_write(updates, session=session)
        if parked:
            await database["parked"].insert_many(parked, session=session)

    await in_transaction(database, rebuild, work)


async def person_ranges(database: Database, rebuild: Rebuild, ranges: int) -> list[tuple[str | None, str | None]]:
    """So many ranges of the keys of persons, about equal: from (inclusive) and to (exclusive)."""
    stages: list[dict[str, Any]] = [{"$sample": {"size": 50 * ranges}}, {"$project": {"_id": 1}}]
    found = sorted([row["_id"] async for row in await database[rebuild.names.persons].aggregate(stages)])
    bounds = [None, *sorted({found[n * len(found) // ranges] for n in range(1, ranges) if found}), None]
    return list(pairwise(bounds))


async def counts_of_persons(
    database: Database, rebuild: Rebuild, known: Known, between: tuple[str | None, str | None]
) -> Counts:
    """What the persons of a range count in."""
    first, end = between
    bounds = ({"$gte": first} if first else {}) | ({"$lt": end} if end else {})
    counts: Counts = Counter()
    async for stored in database[rebuild.names.persons].find({"_id": bounds} if bounds else {}, batch_size=5_000):
        row = row_from(stored)
        add(counts, cells_of_person(row, known))
    return counts


async def all_loaded(database: Database, rebuild: Rebuild, known: Known, of_persons: Counts) -> None:
    """End the load: what persons count in, indexes as the live version has them, positions to follow on from."""
    lanes = [lane async for lane in database[REBUILDS].find({"_id": {"$regex": f"^{rebuild.id}/"}})]
    updates = list(updates_of(_LANE_OF_PERSONS, of_persons))
    if any(lane["mixed"] for lane in lanes):  # a key in several lanes: what each counted of it does not add up
        await _recount(database, rebuild, known)
        updates = []
    await _copy_indexes(database, rebuild)
    endings = {(topic, n): ended for lane in lanes for topic, n, ended in lane["endings"]}
    rows = [
        {"_id": f"{rebuild.loop}/{topic}/{n}", "loop": rebuild.loop, "topic": topic, "partition": n, "next": offset}
        | ({"endings": endings[topic, n]} if (topic, n) in endings else {})
        for (topic, n), offset in rebuild.until.items()
    ]

    async def work(session: AsyncClientSession) -> None:
        loading = {"_id": rebuild.id, "state": LOADING}
        moved = await database[REBUILDS].update_one(loading, {"$set": {"state": FOLLOWING}}, session=session)
        if not moved.matched_count:
            return
        await database["positions"].insert_many(rows, session=session)
        if updates:
            await database[rebuild.names.cells].bulk_write(updates, session=session)

    await in_transaction(database, rebuild, work)


async def abandon(database: Database, rebuild: Rebuild) -> None:
    """Leave nothing of a rebuild that is not live."""
    names = {*asdict(rebuild.names).values(), parked_of(rebuild.names)}
    if left := await database[REBUILDS].find_one({"_id": rebuild.id}):
        await _end_open_transactions(database, left)
        names |= {left["sealed_cells"]} if "sealed_cells" in left else set()
    await database["positions"].delete_many({"loop": rebuild.loop})
    await database["parked"].delete_many({"loop": rebuild.loop})
    await database[READ_MODELS].delete_one({"_id": rebuild.id})
    for name in names:
        await database[name].drop()
    await database[REBUILDS].delete_many({"_id": {"$regex": f"^{rebuild.id}(/|$)"}})


async def pointer_of(database: Database) -> Mapping[str, Any]:
    """Which version is live. Raises `Overtaken` if there is none."""
    pointer = await database[READ_MODELS].find_one({"_id": POINTER})
    if pointer is None:
        raise Overtaken("There are no read models here: start the outcomes service once.")
    return pointer


async def _recount(database: Database, rebuild: Rebuild, known: Known) -> None:
    await database[rebuild.names.persons].delete_many({})
    await database[rebuild.names.cells].delete_many({"_id": {"$not": {"$regex": "^lane-"}}})
    await building.build(database, known, rebuild.names)


async def _copy_indexes(database: Database, rebuild: Rebuild) -> None:
    """Indexes cost most while documents are inserted: they are made afterwards."""
    for old, new in zip(asdict(rebuild.replaces).values(), asdict(rebuild.names).values(), strict=True):
        for name, index in (await database[old].index_information()).items():
            if name != "_id_":
                options = {key: value for key, value in index.items() if key not in ("key", "v", "ns")}
                await database[new].create_index(index["key"], name=name, **options)


async def in_transaction(
    database: Database, rebuild: Rebuild, work: Callable[[AsyncClientSession], Awaitable[None]]
) -> None:
    """Do it in one transaction, again where that is in the way of another. Its session is noted: see `at_work`."""
    async with database.client.start_session() as session:
        ours = {"sessions": session.session_id}
        await database[REBUILDS].update_one({"_id": rebuild.id}, {"$addToSet": ours})
        try:
            await session.with_transaction(work)
        finally:
            await database[REBUILDS].update_one({"_id": rebuild.id}, {"$pull": ours})


async def _end_open_transactions(database: Database, stored: Mapping[str, Any]) -> None:
    if sessions := stored.get("sessions"):
        await database.client.admin.command("killSessions", sessions)
