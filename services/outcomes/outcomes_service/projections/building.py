"""Builds persons and cells from the journeys before they serve: at the first start, and where measures changed."""

from collections import Counter, defaultdict
from dataclasses import asdict
from typing import Any, Final
from uuid import uuid4

import msgspec
import structlog
from pymongo import UpdateOne
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import OperationFailure

from outcomes_service.indicators.catalogue import Known
from outcomes_service.projections import views
from outcomes_service.projections.cells import Counts, add, cells, cells_of_person
from outcomes_service.projections.journeys import Journey
from outcomes_service.projections.persons import row_from, visit_of
from outcomes_service.projections.roll_ups import POINTER, READ_MODELS, Names, lane_of, seals, updates_of
from servicekit.collections import create_collection
from servicekit.documents import from_stored
from servicekit.restoring import assert_whole

JOURNEYS: Final = "journeys_v1"
_PERSONS_AT_ONCE: Final = 1_000  # bounds what a build holds in memory
_UPDATES_AT_ONCE: Final = 500
_NAMESPACE_EXISTS: Final = 48

Database = AsyncDatabase[dict[str, Any]]
log = structlog.get_logger()


async def prepare(database: Database, known: Known) -> Names:
    """Collections and views as this version needs them, and which they are. Those made for other measures go.

    Several processes may come here at once: each builds beside the others, and the pointer moves once.
    """
    await create_collection(database, READ_MODELS)
    while True:
        pointer = await database[READ_MODELS].find_one({"_id": POINTER})
        if pointer is not None and pointer["fingerprint"] == known.fingerprint and not await _sealed(database, pointer):
            names = Names.of(pointer)
            await show_all(database, names)
            return names
        await _replace(database, known, pointer)


async def show_all(database: Database, names: Names) -> None:
    """Make the views look at this version."""
    await show(database, "journeys", names.journeys, views.JOURNEYS)
    await show(database, "figures", names.cells, views.figures())


async def show(database: Database, view: str, source: str, pipeline: views.Pipeline) -> None:
    """Make the view look at `source`, whether or not it is there already."""
    try:
        await database.command("create", view, viewOn=source, pipeline=pipeline)
    except OperationFailure as failure:
        if failure.code != _NAMESPACE_EXISTS:
            raise
        await database.command("collMod", view, viewOn=source, pipeline=pipeline)


async def build(database: Database, known: Known, names: Names) -> None:
    """Fill empty persons and cells from the journeys, in two passes that each hold little."""
    totals: defaultdict[int, Counts] = defaultdict(Counter)
    visits: list[UpdateOne] = []
    async for stored in database[names.journeys].find():
        journey = from_stored(Journey, stored)
        add(totals[lane_of(journey.id)], cells(journey, known))
        if visit := visit_of(journey):
            update = {"$set": {f"visits.{journey.id}": msgspec.to_builtins(visit[1])}}
            visits.append(UpdateOne({"_id": visit[0]}, update, upsert=True))
        if len(visits) >= _PERSONS_AT_ONCE:
            await database[names.persons].bulk_write(visits, ordered=False)
            visits.clear()
    if visits:
        await database[names.persons].bulk_write(visits, ordered=False)
    async for stored in database[names.persons].find():
        row = row_from(stored)
        add(totals[lane_of(next(iter(row.visits)))], cells_of_person(row, known))
    updates = [update for number, counts in totals.items() for update in updates_of(number, counts)]
    for first in range(0, len(updates), _UPDATES_AT_ONCE):
        await database[names.cells].bulk_write(updates[first : first + _UPDATES_AT_ONCE], ordered=False)


def new_names(journeys: str) -> Names:
    """Persons and cells that nobody has yet, beside these journeys."""
    ours = uuid4().hex[:12]
    return Names(journeys, f"persons_{ours}", f"cells_{ours}")


async def _replace(database: Database, known: Known, pointer: dict[str, Any] | None) -> None:
    """Build new roll-ups and move the pointer to them, unless somebody else moves it first."""
    if pointer is not None:  # from here on no transaction can add to the old ones, nor to the journeys beside them
        await database[pointer["cells"]].update_many({"_id": {"$regex": "^lane-"}}, {"$set": {"sealed": True}})
    names = new_names(pointer["journeys"] if pointer else JOURNEYS)
    await create(database, names)
    await build(database, known, names)
    await assert_whole(database, "outcomes")  # a restore can have begun since
    if not await _move(database, pointer, {"fingerprint": known.fingerprint, **asdict(names)}):
        await database[names.persons].drop()
        await database[names.cells].drop()
        return
    log.info("roll_ups_built", cells=names.cells, persons=names.persons)
    if pointer is not None:
        await show_all(database, names)
        await database[pointer["persons"]].drop()
        await database[pointer["cells"]].drop()


async def create(database: Database, names: Names) -> None:
    """The collections of a version, where they are not there yet; its roll-ups open."""
    for name in (names.journeys, names.persons, names.cells):
        await create_collection(database, name)
    await database[names.cells].create_index([("scheme_id", 1), ("measure", 1)])
    await database[names.cells].insert_many(seals())


async def _move(database: Database, pointer: dict[str, Any] | None, new: dict[str, Any]) -> bool:
    models = database[READ_MODELS]
    if pointer is None:
        made = await models.update_one({"_id": POINTER}, {"$setOnInsert": new}, upsert=True)
        return made.upserted_id is not None
    moved = await models.update_one({"_id": POINTER, "cells": pointer["cells"]}, {"$set": new})
    return moved.modified_count == 1


async def _sealed(database: Database, pointer: dict[str, Any]) -> bool:
    """Whether a build was begun and not ended: nobody could write any more."""
    return await database[pointer["cells"]].find_one({"_id": "lane-0", "sealed": {"$exists": False}}) is None
