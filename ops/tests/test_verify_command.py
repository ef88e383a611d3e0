"""Does `footing verify` agree with read models that are right, and name what is wrong with those that are not?"""

import asyncio
import uuid
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from click.testing import Result
from support.events import accepted_referral, session_held
from support.outcomes import accepted
from support.real_parts import UniqueNames
from support.world import World, made
from typer.testing import CliRunner

from ops.commands.verify import compare
from ops.errors import Missing
from ops.main import build
from outcomes_service.projections.building import JOURNEYS
from outcomes_service.projections.roll_ups import POINTER, READ_MODELS


@pytest.fixture
async def world(kafka_url: str, mongo_url: str, unique_names: UniqueNames, tmp_path: Path) -> AsyncIterator[World]:
    async with made(kafka_url, mongo_url, unique_names, tmp_path, frozenset({"roll-out-2008"})) as world:
        yield world


async def verify(world: World) -> Result:
    """How the command ends, as an operator calls it."""
    environment = {
        "KAFKA_URL": world.settings.kafka_url,
        "MONGO_URL": world.settings.mongo_url,
        "DATABASE_PREFIX": world.settings.database_prefix,
    }
    command = partial(CliRunner().invoke, build("verify"), ["verify"], env=environment)
    return await asyncio.to_thread(command)  # it runs an event loop of its own


async def test_what_is_right_agrees_and_what_is_wrong_is_named(world: World) -> None:
    referral = str(uuid.uuid4())
    about = {"referral_id": referral, "scheme_id": "roll-out-2008", "scheme_area": "location-09", "synthetic": True}
    database = world.database("outcomes")
    async with world.running("outcomes"):
        await world.announce(accepted_referral(**about, person_ref=str(uuid.uuid4())))
        await world.announce(accepted(session_held(referral_id=referral, synthetic=True)))
        await world.until(lambda: database["journeys"].find_one({"_id": referral, "version": 2}))

    right = await compare(world.settings)
    assert right.differences == []
    assert right.journeys >= 1
    assert right.events >= 2
    quick = await compare(world.settings, sample=1)
    assert (quick.journeys, quick.sample, quick.differences) == (1, 1, [])

    pointer = await database[READ_MODELS].find_one({"_id": POINTER})
    assert pointer is not None
    users = {"measure": "users", "area": "location-09", "parts.k.2025-03-10": {"$gt": 0}}
    await database[pointer["cells"]].update_one(users, {"$inc": {"parts.k.2025-03-10": 1}})
    await database[pointer["persons"]].delete_one({f"visits.{referral}": {"$exists": True}})
    person, cell = (await compare(world.settings)).differences
    assert (person.what, person.stored) == ("persons", "null")
    assert (cell.what, cell.document) == ("cells", "roll-out-2008/location-09/users/seed/synthetic")
    assert (cell.field, int(cell.stored) - int(cell.expected)) == ("k.2025-03-10", 1)

    await database[JOURNEYS].update_one({"_id": referral}, {"$set": {"sessions": 3}, "$pop": {"facts": 1}})
    wrong = (await compare(world.settings)).differences
    journeys = {found.field: found for found in wrong if found.what == "journeys"}
    assert sorted(journeys) == ["facts", "sessions"]
    assert journeys["sessions"].document == referral
    assert (journeys["sessions"].stored, journeys["sessions"].expected) == ("3", "1")
    assert (journeys["facts"].place or "").startswith("session-held/")
    assert (await verify(world)).exit_code == 1

    await planted_elsewhere_is_named(world, referral)


async def planted_elsewhere_is_named(world: World, referral: str) -> None:
    """A document too many, one too few, a position moved, what waits and is parked without being told of."""
    database, positions = world.database("outcomes"), world.database("outcomes")["positions"]
    assert await database[JOURNEYS].find_one_and_delete({"_id": referral})
    await database[JOURNEYS].insert_one({"_id": "made-up", "version": 1, "sessions": 2})
    await database["outcomes"].insert_one({"_id": "stub", "waiting": [{"partner": "acme"}]})
    place = {"loop": "projector", "topic": "session-held", "next": {"$gt": 0}}
    moved = await positions.find_one_and_update(place, {"$inc": {"next": 10}})
    assert moved is not None
    record = {"topic": "session-held", "partition": 0, "offset": 10**9}
    await database["parked"].insert_one({"loop": "projector", "key": "made-up", "record": record})

    found = (await compare(world.settings)).differences
    missing = {d.field: d.place for d in found if d.document == referral and d.what == "journeys"}
    assert {"facts", "version", "sessions"} <= missing.keys()
    assert all((place or "").count("/") == 2 for place in missing.values())
    extra = {d.field: (d.stored, d.expected) for d in found if d.document == "made-up"}
    assert extra == {"sessions": ("2", "null"), "version": ("1", "null"), "parked": ("0", "1")}
    waits = [(d.document, d.field, d.stored, d.expected) for d in found if d.field.startswith("waiting")]
    assert waits == [("gate", "waiting.acme", "0", "1")]
    name, before = f"projector/session-held/{moved['partition']}", moved["next"]
    of_position = {d.field: (d.stored, d.expected, d.place) for d in found if d.document == name}
    said = f"session-held/{moved['partition']}/{before + 10}"
    assert of_position["endings"] == (str(before), str(before + 10), said)
    assert of_position["next"] == (str(before + 10), f"at most {before}", said)


async def test_where_nothing_was_projected_it_says_so(world: World) -> None:
    told = (await verify(world)).exception
    assert isinstance(told, Missing)
    assert told.message == "There are no read models here."
