"""Goes back to a version of the read models that another replaced: followed from where it stopped, it takes over.

When a version is replaced, the takeover keeps beside its documents where it stood in the log, under a loop of its own
name, what the projector had parked, and by which definition it was made. So nothing is lost or counted twice: an old
version is a rebuild that is loaded already. Whoever still takes it for the live one finds no roll-ups under the name
that he knows: they bear a new one before their seals are opened.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from pymongo.asynchronous.client_session import AsyncClientSession

from outcomes_service.indicators.catalogue import Known
from outcomes_service.projections import building
from outcomes_service.projections.building import Database
from outcomes_service.projections.cells import Counts
from outcomes_service.projections.differences import by_figure
from outcomes_service.projections.journeys import Journey
from outcomes_service.projections.rebuild_progress import at_work
from outcomes_service.projections.rebuilding import (
    FOLLOWING,
    OPENING,
    PROJECTOR,
    REBUILDS,
    UNFINISHED,
    Overtaken,
    Rebuild,
    in_transaction,
    parked_of,
    pointer_of,
)
from outcomes_service.projections.roll_ups import POINTER, READ_MODELS, Names
from outcomes_service.projections.verifying import add_roll_up
from servicekit.collections import create_collection
from servicekit.days import day_of
from servicekit.migrating import migrate
from servicekit.positions import Position


class NoWayBack(Exception):  # noqa: N818  says why, in the operators' words
    """This version cannot become the live one again."""


@dataclass(frozen=True, slots=True)
class Old:
    """A version that was replaced, as it stopped: `positions` are the next offsets."""

    names: Names
    fingerprint: str
    left_at: datetime
    positions: Mapping[Position, int]


def loop_of(names: Names) -> str:
    """The loop under which a version that is not live has its positions."""
    return f"{PROJECTOR}/{names.journeys}"


async def keep(database: Database, rebuild: Rebuild, session: AsyncClientSession) -> None:
    """Keep what is needed to go back to the version that is replaced; in the transaction that replaces it."""
    old, loop = rebuild.replaces, loop_of(rebuild.replaces)
    rows = [row async for row in database["positions"].find({"loop": PROJECTOR}, session=session)]
    kept = [{"_id": f"{loop}/{row['topic']}/{row['partition']}", "loop": loop, "topic": row["topic"],
             "partition": row["partition"], "next": row["next"], "endings": row.get("endings", {})}
            for row in rows]  # fmt: skip
    await database["positions"].delete_many({"loop": loop}, session=session)
    if kept:
        await database["positions"].insert_many(kept, session=session)
    parked = [row async for row in database["parked"].find({"loop": PROJECTOR}, session=session)]
    await database[parked_of(old)].delete_many({}, session=session)
    if parked:
        await database[parked_of(old)].insert_many(parked, session=session)
    said = asdict(old) | {"fingerprint": rebuild.fingerprint, "left_at": datetime.now(UTC)}
    await database[READ_MODELS].replace_one({"_id": old.journeys}, said, upsert=True, session=session)
    await database[READ_MODELS].delete_one({"_id": rebuild.id}, session=session)


async def forget(database: Database, journeys: str) -> None:
    """Keep nothing any more of a version that is dropped."""
    names = Names(journeys, "", "")
    await database[READ_MODELS].delete_one({"_id": journeys})
    await database["positions"].delete_many({"loop": loop_of(names)})
    await database[parked_of(names)].drop()


async def olds(database: Database) -> list[Old]:
    """The versions to which one can go back, the one that was replaced last first."""
    query = {"_id": {"$ne": POINTER}, "left_at": {"$exists": True}}
    found = [stored async for stored in database[READ_MODELS].find(query).sort("left_at", -1)]
    return [await _old(database, stored) for stored in found]


async def old(database: Database, known: Known, journeys: str) -> Old:
    """This version, if one may go back to it. Raises `NoWayBack` or `Overtaken`."""
    pointer = await pointer_of(database)
    if pointer["fingerprint"] != known.fingerprint:
        raise Overtaken("The read models were made for other measures or schemes: start the outcomes service anew.")
    if pointer["journeys"] == journeys:
        raise NoWayBack(f"{journeys} is live.")
    there = await olds(database)
    found = next((each for each in there if each.names.journeys == journeys), None)
    if found is None:
        names = ", ".join(each.names.journeys for each in there) or "none"
        raise NoWayBack(f"There is no old version {journeys} here. There are: {names}.")
    if found.fingerprint != known.fingerprint:
        raise NoWayBack(f"{journeys} was made for other measures or schemes. Rebuild instead: footing rebuild journeys")
    return found


def assert_reaches(found: Old, first: Mapping[Position, int], after: Mapping[Position, int]) -> None:
    """The log still has all that came since. Raises `NoWayBack`."""
    for (topic, partition), end in sorted(after.items()):
        stopped = found.positions.get((topic, partition), 0)
        if not first[topic, partition] <= stopped <= end:
            raise NoWayBack(
                f"{found.names.journeys} stopped at {topic}/{partition}/{stopped}, and the log holds "
                f"{first[topic, partition]} to {end}. Rebuild instead: footing rebuild journeys"
            )


async def would(database: Database, known: Known, found: Old) -> Sequence[Mapping[str, Any]]:
    """By how much each figure of the old version, as it stopped, differs from the live one."""
    live = Names.of(await pointer_of(database))
    counts = await _sums(database, found.names)
    counts.subtract(await _sums(database, live))
    return by_figure([counts], known, day_of(datetime.now(UTC)))


async def begun(
    database: Database, known: Known, journeys: str, first: Mapping[Position, int], after: Mapping[Position, int]
) -> Rebuild:
    """The way back that was begun and not ended, or a new one; `first` and `after`: what the log holds.

    Raises `NoWayBack` or `Overtaken`.
    """
    live = Names.of(await pointer_of(database))
    await building.show_all(database, live)  # one can have been killed just before it did
    stored = await database[REBUILDS].find_one({"_id": journeys, "state": {"$in": UNFINISHED}, "back": True})
    if stored is not None and stored["fingerprint"] == known.fingerprint:
        replaces = asdict(live)  # others may have gone back to another version meanwhile
        await database[REBUILDS].update_one({"_id": journeys}, {"$set": {"replaces": replaces}})
        return Rebuild.of({**stored, "replaces": replaces})
    found = await old(database, known, journeys)
    assert_reaches(found, first, after)
    if other := await at_work(database):
        raise NoWayBack(f"Rebuild {other} is at work. End it first: Ctrl-C; then it is of no use any more.")
    names = Names(found.names.journeys, found.names.persons, f"cells_{uuid4().hex[:12]}")
    until = {place: found.positions.get(place, 0) for place in after}
    rebuild = Rebuild(names, live, known.fingerprint, until)
    await create_collection(database, REBUILDS)
    begins = asdict(names) | {
        "state": OPENING, "back": True, "fingerprint": known.fingerprint, "begun_at": datetime.now(UTC),
        "replaces": asdict(live), "until": [[*place, offset] for place, offset in until.items()],
        "sealed_cells": found.names.cells,
    }  # fmt: skip
    await database[REBUILDS].replace_one({"_id": journeys}, begins, upsert=True)
    return rebuild


async def open_again(database: Database, rebuild: Rebuild) -> None:
    """Let the old version be written again, under our loop alone. Killed in it, it may be done again."""
    stored = await database[REBUILDS].find_one({"_id": rebuild.id, "state": OPENING})
    if stored is None:
        return
    there = await database.list_collection_names()
    if stored["sealed_cells"] in there:
        await database[stored["sealed_cells"]].rename(rebuild.names.cells)
    unsealed = {"$unset": {"sealed": "", "held_until": ""}}
    await database[rebuild.names.cells].update_many({"_id": {"$regex": "^lane-"}}, unsealed)
    await migrate(database, rebuild.id, Journey)

    async def work(session: AsyncClientSession) -> None:
        opening = {"_id": rebuild.id, "state": OPENING}
        await database[REBUILDS].update_one(opening, {"$set": {"state": FOLLOWING}}, session=session)
        rows = [row async for row in database[parked_of(rebuild.names)].find({}, session=session)]
        ours = [row | {"_id": row["_id"].replace(PROJECTOR, rebuild.loop, 1), "loop": rebuild.loop} for row in rows]
        await database[parked_of(rebuild.names)].delete_many({}, session=session)
        if ours:
            await database["parked"].insert_many(ours, session=session)

    await in_transaction(database, rebuild, work)
    await database[parked_of(rebuild.names)].drop()


async def is_live(database: Database, journeys: str) -> bool:
    """Whether this is the live version."""
    return bool((await pointer_of(database))["journeys"] == journeys)


async def _old(database: Database, stored: Mapping[str, Any]) -> Old:
    names = Names.of(stored)
    rows = database["positions"].find({"loop": loop_of(names)})
    positions = {(row["topic"], row["partition"]): row["next"] async for row in rows}
    return Old(names, stored["fingerprint"], stored["left_at"], positions)


async def _sums(database: Database, names: Names) -> Counts:
    counts: Counts = Counter()
    async for stored in database[names.cells].find():
        add_roll_up(counts, stored)
    return counts
