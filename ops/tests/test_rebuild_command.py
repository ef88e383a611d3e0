"""Does a rebuild make the same documents as the projector, without a gap for readers, whoever works or dies?"""

import asyncio
import json
import os
import sys
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import Result
from support.events import accepted_referral, at, event, session_held, withdrawn
from support.histories import History
from support.outcomes import accepted, known
from support.real_parts import UniqueNames
from support.world import World, made
from typer.testing import CliRunner

from contracts import codec
from contracts.envelope import Event, Record
from contracts.erasure_requested import ErasureRequested
from ops import reading
from ops.commands.verify import compare
from ops.errors import Missing
from ops.main import build
from ops.rebuild import run
from outcomes_service.projections import going_back, rebuilding, taking_over
from outcomes_service.projections.roll_ups import POINTER, READ_MODELS

SCHEME = "roll-out-2008"


@pytest.fixture
async def world(kafka_url: str, mongo_url: str, unique_names: UniqueNames, tmp_path: Path) -> AsyncIterator[World]:
    async with made(kafka_url, mongo_url, unique_names, tmp_path, frozenset({SCHEME})) as world:
        yield world


def story() -> list[Event[Any]]:
    """A referral and two sessions of it."""
    about: dict[str, Any] = {"referral_id": str(uuid.uuid4()), "synthetic": True}
    return [
        accepted_referral(**about, scheme_id=SCHEME, scheme_area="location-09", person_ref=str(uuid.uuid4())),
        accepted(session_held(101, **about)),
        accepted(session_held(102, session=901, **about)),
    ]


def drawn(count: int) -> list[Event[Any]]:
    """Histories with corrections, withdrawals and erasures, of referrals that are this test's own."""
    shown = [scheme for scheme in known().schemes.values() if scheme.areas]
    events: list[Event[Any]] = []
    for number in range(count):
        referral = str(uuid.uuid4())
        for said in History(Random(number), number, shown).events:
            record = codec.encode(said)
            value = (record.value or b"").replace(said.subject.encode(), referral.encode())
            headers = tuple(
                (n, (v or b"").replace(said.subject.encode(), referral.encode())) for n, v in record.headers
            )
            read = codec.decode_canonical(Record(record.topic, 0, 0, referral.encode(), value, headers))
            assert isinstance(read, Event), read
            events.append(read)
    Random(7).shuffle(events)
    return events


async def announce(world: World, events: list[Event[Any]]) -> None:
    for said in events:
        record = codec.encode(said)
        await world.producer.send(record.topic, record.value, key=record.key, headers=list(record.headers))
    await world.producer.flush()


async def rebuild(world: World, *arguments: str) -> "asyncio.subprocess.Process":
    """The command, as an operator calls it."""
    environment = os.environ | {
        "KAFKA_URL": world.settings.kafka_url,
        "MONGO_URL": world.settings.mongo_url,
        "DATABASE_PREFIX": world.settings.database_prefix,
    }
    return await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("footing"), "rebuild", *arguments, env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def documents(world: World) -> dict[str, dict[str, Any]]:
    """What plain pymongo reads of the journeys that are live, erased ones and practices too."""
    database = world.database("outcomes")
    pointer = await database[READ_MODELS].find_one({"_id": POINTER})
    assert pointer is not None
    found = {d["_id"]: d async for d in database[pointer["journeys"]].find()}
    for document in found.values():
        if "erased_at" in document:
            document.pop("version")  # it counts what came before, which depends on the order
    return found


async def live(world: World) -> str:
    pointer = await world.database("outcomes")[READ_MODELS].find_one({"_id": POINTER})
    return pointer["journeys"] if pointer else ""


async def caught_up(world: World) -> bool:
    """Whether the projector has read everything there is."""
    _, ends = await reading.ends(world.settings, rebuilding.TOPICS)
    positions = {
        (p["topic"], p["partition"]): p["next"]
        async for p in world.database("outcomes")["positions"].find({"loop": "projector"})
    }
    return all(positions.get(place, 0) >= end for place, end in ends.items())


async def exactly_right(world: World) -> None:
    verdict = await compare(world.settings)
    assert verdict.differences == []
    assert verdict.journeys > 0


class Reader:
    """Reads the views all the while, as any client of MongoDB can."""

    def __init__(self, world: World) -> None:
        self._database = world.database("outcomes")
        self._over = False
        self.rounds = 0
        self.fell: list[str] = []

    @asynccontextmanager
    async def reading(self) -> AsyncIterator["Reader"]:
        task = asyncio.create_task(self._read())
        try:
            yield self
        finally:
            self._over = True
            await task

    async def _read(self) -> None:
        journeys, users = 0, 0
        versions: Counter[str] = Counter()
        while not self._over:
            now = {d["_id"]: d["version"] async for d in self._database["journeys"].find({}, {"version": 1})}
            rows = [row async for row in self._database["figures"].find({"measure": "users"})]
            counted = sum(row["k"] for row in rows)
            if len(now) < journeys or counted < users:
                self.fell.append(f"{journeys} journeys became {len(now)}, {users} users {counted}")
            self.fell += [f"{key} went back" for key, version in now.items() if version < versions[key]]
            journeys, users = len(now), counted
            versions = Counter(now)
            self.rounds += 1
            await asyncio.sleep(0.02)


async def test_it_makes_the_same_documents_while_the_projector_works_and_readers_read(world: World) -> None:
    await announce(world, drawn(40))
    async with world.running("outcomes"):
        await world.until(lambda: caught_up(world))
        before, old = await documents(world), await live(world)
        stop = asyncio.Event()

        async def go_on() -> int:
            said = 0
            while not stop.is_set():
                await announce(world, story())
                said += 1
                await asyncio.sleep(0.1)
            return said

        async with Reader(world).reading() as reader:
            speaking = asyncio.create_task(go_on())
            done = await run.rebuild(world.settings, processes=1)
            later, rounds = await documents(world), reader.rounds
            await world.until(lambda: _more(reader, rounds))
            stop.set()
            said = await speaking
            await world.until(lambda: caught_up(world))
        assert reader.fell == []
        assert reader.rounds > 5
        assert (done.replaced, await live(world)) == (old, done.journeys)
        assert {key: later[key] for key in before} == before
        assert len(await documents(world)) == len(before) + said  # the service went on in the new version by itself
        await exactly_right(world)

        collections = set(await world.database("outcomes").list_collection_names())
        assert {old, done.journeys} <= collections
        process = await rebuild(world, "drop")
        assert b"Dropped: " in (await process.communicate())[0]
        assert old not in await world.database("outcomes").list_collection_names()
        await announce(world, story())
        await world.until(lambda: caught_up(world))
        await exactly_right(world)


async def _more(reader: Reader, rounds: int) -> bool:
    return reader.rounds > rounds + 2


async def test_killed_whenever_and_started_again_it_goes_on(world: World) -> None:
    await announce(world, drawn(20))
    async with world.running("outcomes"):
        await world.until(lambda: caught_up(world))
        before = await documents(world)
    rebuilds = world.database("outcomes")["rebuilds"]
    reached: list[dict[str, Any]] = [{"loaded": True}, {"state": {"$in": ["following", "live"]}}]
    for state in reached:
        process = await rebuild(world, "journeys", "--processes", "1")
        await world.until(partial(rebuilds.find_one, state))
        process.kill()
        await process.communicate()
        await half_write(world)
        await half_commit(world)
    process = await rebuild(world, "journeys", "--drop-old")
    said, wrong = await process.communicate()
    assert process.returncode == 0, wrong
    assert b" is live instead of journeys_v" in said
    assert await documents(world) == before
    await exactly_right(world)
    journeys = [name for name in await world.database("outcomes").list_collection_names() if name[:9] == "journeys_"]
    assert journeys == [await live(world)]


async def half_write(world: World) -> None:
    """What lanes leave that were killed before their end: documents, and nothing that says so."""
    database = world.database("outcomes")
    if begun := await database["rebuilds"].find_one({"state": "loading"}):
        async for document in database[begun["replaces"]["journeys"]].find().limit(20):
            await database[begun["journeys"]].replace_one({"_id": document["_id"]}, document, upsert=True)


async def half_commit(world: World) -> None:
    """What one leaves that was killed in a transaction: the rebuild's own document locked for a minute."""
    rebuilds = world.database("outcomes")["rebuilds"]
    session = world.client.start_session()
    here = {"state": {"$exists": True}}
    await rebuilds.update_one(here, {"$addToSet": {"sessions": session.session_id}})
    await session.start_transaction()
    await rebuilds.update_one(here, {"$set": {"state": "never"}}, session=session)


async def test_one_that_takes_over_without_the_last_records_is_found(world, monkeypatch: pytest.MonkeyPatch) -> None:
    offsets = run._until

    async def then_more_is_said(settings: Any) -> Any:
        loaded = await offsets(settings)
        await announce(world, story())
        await world.until(lambda: caught_up(world))
        return loaded

    async def is_passed_over(self: Any, _log: Any, _writer: Any, within: int) -> None:
        for (topic, partition), offset in (await taking_over.positions(self.database, "projector")).items():
            place = {"_id": f"{self.rebuild.loop}/{topic}/{partition}"}
            await self.database["positions"].update_one(place, {"$set": {"next": offset}})

    await announce(world, drawn(3))
    async with world.running("outcomes"):
        await world.until(lambda: caught_up(world))
        monkeypatch.setattr(run, "_until", then_more_is_said)
        monkeypatch.setattr(run._Run, "_catch_up", is_passed_over)
        await run.rebuild(world.settings, processes=1)
    differences = (await compare(world.settings)).differences
    assert {"endings", "version"} <= {difference.field for difference in differences}


def erased(of: list[Event[Any]]) -> Event[Any]:
    """The request to forget whom this story is about."""
    said = {"referral_id": of[0].subject, "person_ref": of[0].data.person_ref, "reason_code": "person_asked"}
    return event(ErasureRequested, said, partner="footing", time=at("2026-01-05"), accepted_at=at("2026-01-05"))


async def test_one_can_go_back_and_nothing_is_lost_or_doubled_and_who_was_erased_since_stays_so(world: World) -> None:
    histories = drawn(16)
    ann, ben, cara = story(), story(), story()
    await announce(world, [*histories[::2], *ann, *ben])
    async with world.running("outcomes"):
        await world.until(lambda: caught_up(world))
        await run.rebuild(world.settings, processes=1)
        assert await live(world) == "journeys_v2"

        await run.back(world.settings, "journeys_v1")  # the projector has not written since, and knows of no move
        await announce(world, [*histories[1::2], *cara, accepted(withdrawn(ann[2])), erased(ben)])  # corrections too
        await world.until(lambda: caught_up(world))
        assert await live(world) == "journeys_v1"
        await exactly_right(world)
        counted = await documents(world)

        would = json.loads((await asked(world, "journeys_v2", "--dry-run", "--json")).stdout)
        assert (would["live"], would["events"]) == ("journeys_v1", len(histories[1::2]) + 5)
        told = (await asked(world, "journeys_v2", "--dry-run")).stdout
        assert f"{would['events']} events came since, and are counted before it takes over from journeys_v1." in told
        assert would["figures"]
        assert all(f": {figure['title']} ({figure['definition']}): " in told for figure in would["figures"])
        assert (await asked(world, "journeys_v2")).exit_code == 2  # nobody said why
        database = world.database("outcomes")
        assert "erased_at" not in await database["journeys_v2"].find_one({"_id": ben[0].subject})

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(going_back, "migrate", stops)  # between the opening of the old version and its first event
            with pytest.raises(KeyboardInterrupt):
                await run.back(world.settings, "journeys_v2")
        await half_commit(world)
        with pytest.raises(Missing, match="Somebody goes back to journeys_v2"):
            await run.rebuild(world.settings, processes=1)
        process = await rebuild(world, "back", "journeys_v2", "--why", "the newer one is right", "--json")
        goes_on = {"_id": "journeys_v2", "back": True, "state": {"$in": ["following", "live"]}}
        await world.until(partial(database["rebuilds"].find_one, goes_on))
        process.kill()
        await process.communicate()
        await announce(world, [dora := story()[0]])
        process = await rebuild(world, "back", "journeys_v2", "--why", "the newer one is right")
        said, wrong = await process.communicate()
        assert process.returncode == 0, wrong
        assert b"journeys_v2 is live" in said
        await world.until(lambda: caught_up(world))
        assert await live(world) == "journeys_v2"
        now = await documents(world)
        assert now.pop(dora.subject)["version"] == 1
        assert now == counted
        assert now[ben[0].subject].keys() == {"_id", "erased_at"}
        await exactly_right(world)

        refused = await asked(world, "journeys_v7", "--why", "a slip")
        assert refused.exit_code == 1
        assert "There is no old version journeys_v7 here. There are: journeys_v1." in refused.stderr
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(going_back, "migrate", stops)
            with pytest.raises(KeyboardInterrupt):
                await run.back(world.settings, "journeys_v1")
        await database["rebuilds"].update_one({"_id": "journeys_v1"}, {"$unset": {"worker_seen_at": ""}})
        await taking_over.drop(database)  # nobody goes on with it any more
        names = await database.list_collection_names()
        assert [name for name in names if name.startswith(("journeys_v", "parked_"))] == ["journeys_v2"]
        assert await database["positions"].distinct("loop") == ["gate", "projector"]


async def asked(world: World, *words: str) -> Result:
    """How `footing rebuild back` ends, in this process."""
    environment = {
        "KAFKA_URL": world.settings.kafka_url,
        "MONGO_URL": world.settings.mongo_url,
        "DATABASE_PREFIX": world.settings.database_prefix,
    }
    app = build("rebuild")
    return await asyncio.to_thread(CliRunner().invoke, app, ["rebuild", "back", *words], env=environment)


async def stops(*_: Any) -> None:
    """Somebody presses Ctrl-C."""
    raise KeyboardInterrupt
