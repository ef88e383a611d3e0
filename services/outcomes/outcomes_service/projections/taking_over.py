"""Lets a rebuilt version take over from the live one, while the projector goes on and others read.

The new version has folded what the projector had, and perhaps more. In one transaction the pointer moves, the
projector's positions move to where the new version stands, and the old roll-ups are sealed: a worker that commits at
that moment loses the race, looks where the pointer points, and goes on in the new version.
"""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from pymongo import UpdateOne
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import BulkWriteError

from outcomes_service.projections import building, going_back
from outcomes_service.projections.building import Database
from outcomes_service.projections.rebuild_progress import at_work
from outcomes_service.projections.rebuilding import (
    FOLLOWING,
    LIVE,
    PROJECTOR,
    REBUILDS,
    UNFINISHED,
    Overtaken,
    Rebuild,
    abandon,
    in_transaction,
    parked_of,
    pointer_of,
)
from outcomes_service.projections.roll_ups import POINTER, READ_MODELS, Names
from servicekit.collections import create_collection
from servicekit.positions import Position
from servicekit.restoring import assert_whole

_HELD_FOR: Final = timedelta(seconds=10)

log = structlog.get_logger()


class NotYet(Exception):  # noqa: N818  not an error: follow on, and try again
    """The live version has gone on meanwhile."""


async def positions(database: Database, loop: str) -> dict[Position, int]:
    """The next offset of each partition that a loop has read of."""
    found = database["positions"].find({"loop": loop})
    return {(entry["topic"], entry["partition"]): entry["next"] async for entry in found}


async def hold(database: Database, rebuild: Rebuild, *, until: datetime | None = None) -> None:
    """Let the live projector wait, for some seconds at most: it need not be stopped, only caught up with."""
    until = until or datetime.now(UTC) + _HELD_FOR
    lanes = {"_id": {"$regex": "^lane-"}}
    await database[rebuild.replaces.cells].update_many(lanes, {"$set": {"held_until": until}})


async def let_go(database: Database, rebuild: Rebuild) -> None:
    """The live projector need not wait any more."""
    await hold(database, rebuild, until=datetime.now(UTC))


async def take_over(database: Database, rebuild: Rebuild) -> None:
    """Make the new version the live one, in one transaction. Raises `NotYet` or `Overtaken`.

    Each of the projector's positions is moved to where the new version stands, if it is not beyond that; a worker that
    is at it at this moment loses the race. The old roll-ups are sealed for ever: nobody adds to the old version again,
    unless one goes back to it.
    """

    await assert_whole(database, "outcomes")
    await create_collection(database, parked_of(rebuild.replaces))

    async def work(session: AsyncClientSession) -> None:
        await going_back.keep(database, rebuild, session)
        moves = [
            UpdateOne(
                {"_id": f"{PROJECTOR}/{entry['topic']}/{entry['partition']}", "next": {"$lte": entry["next"]}},
                {
                    "$set": {"next": entry["next"], "endings": entry.get("endings", {})},
                    "$inc": {"moves": 1},
                    "$setOnInsert": {
                        "loop": PROJECTOR, "topic": entry["topic"], "partition": entry["partition"]
                    },
                },
                upsert=True,
            )
            async for entry in database["positions"].find({"loop": rebuild.loop}, session=session)
        ]  # fmt: skip
        await database["positions"].bulk_write(moves, session=session)
        pointer = {"_id": POINTER, **asdict(rebuild.replaces), "fingerprint": rebuild.fingerprint}
        moved = await database[READ_MODELS].update_one(pointer, {"$set": asdict(rebuild.names)}, session=session)
        if not moved.matched_count:
            raise Overtaken("Another version of the read models is live by now: rebuild again.")
        await database[rebuild.replaces.cells].update_many(
            {"_id": {"$regex": "^lane-"}}, {"$set": {"sealed": True}}, session=session
        )
        await _take_over_parked(database, rebuild, session)
        await database["positions"].delete_many({"loop": rebuild.loop}, session=session)
        done = {"$set": {"state": LIVE, "live_since": datetime.now(UTC)}}
        following = {"_id": rebuild.id, "state": FOLLOWING}
        if not (await database[REBUILDS].update_one(following, done, session=session)).matched_count:
            raise Overtaken("This rebuild is not there any more: a backup was restored meanwhile. Rebuild again.")

    try:
        await in_transaction(database, rebuild, work)
    except BulkWriteError as beyond:  # the upsert of a position that is further on
        raise NotYet from beyond
    log.info("read_models_rebuilt", journeys=rebuild.names.journeys, replaces=rebuild.replaces.journeys)


async def _take_over_parked(database: Database, rebuild: Rebuild, session: AsyncClientSession) -> None:
    """What the new version could not handle stays parked, under the projector; nothing else of the projector does."""
    parked = database["parked"]
    rows = [row async for row in parked.find({"loop": rebuild.loop}, session=session)]
    await parked.delete_many({"loop": {"$in": [PROJECTOR, rebuild.loop]}}, session=session)
    ours = [row | {"_id": row["_id"].replace(rebuild.loop, PROJECTOR, 1), "loop": PROJECTOR} for row in rows]
    if ours:
        await parked.insert_many(ours, session=session)


async def drop(database: Database, *, unfinished: bool = False) -> list[str]:
    """Drop the versions that a rebuild replaced, also one to which somebody began to go back; the names of what went.

    `unfinished`: those that are being built as well. The views look at the live one first.
    """
    pointer = await pointer_of(database)
    live = Names.of(pointer)
    await building.show_all(database, live)
    kept = set(asdict(live).values())
    worked_at, gone = await at_work(database), []
    async for stored in database[REBUILDS].find({"state": {"$in": UNFINISHED}}):
        if unfinished or (stored.get("back") and stored["_id"] != worked_at):
            await abandon(database, Rebuild.of(stored))
            gone.append(stored["_id"])
        else:
            names = Rebuild.of(stored).names
            kept |= {*asdict(names).values(), stored.get("sealed_cells"), parked_of(names)}
    for old in await going_back.olds(database):
        if old.names.journeys not in kept:
            await going_back.forget(database, old.names.journeys)
    gone += [
        name for name in await database.list_collection_names()
        if name.startswith(("journeys_", "persons_", "cells_", "parked_journeys_")) and name not in kept
    ]  # fmt: skip
    for name in gone:
        await database[name].drop()
    return sorted(gone)
