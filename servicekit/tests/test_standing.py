"""How a service says that it stands: lag in events and seconds, what waits, what is parked, what came and went."""

import asyncio
import gc
import uuid
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
from pymongo import AsyncMongoClient
from support import toy
from support.stage import Stage
from support.waiting import until

from ops.localstack import ports
from servicekit.behind import Behind, Lag
from servicekit.lookout import Past, rates_of
from servicekit.metrics import Metrics
from servicekit.partners import Partners
from servicekit.running import Running, Service
from servicekit.service import serve
from servicekit.settings import ServiceSettings
from servicekit.standing import Lane, LoopStanding, Marks, Paused, Standing, lanes_of, look

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LONG_AGO, JUST_NOW = NOW - timedelta(hours=1), NOW - timedelta(seconds=3)


def test_partitions_of_all_partners_are_one_lane_and_name_none() -> None:
    stored = {
        ("inbox.acme.session-held", 0): {"moved_at": JUST_NOW},
        ("inbox.other.session-held", 0): {"moved_at": LONG_AGO},
        ("referral-made", 0): {},
    }
    lags = {
        ("inbox.acme.session-held", 0): Lag(0, 7, None),
        ("inbox.other.session-held", 0): Lag(2, 9, NOW - timedelta(minutes=5)),
        ("referral-made", 0): Lag(0, 0, None),
    }
    assert lanes_of(stored, lags, NOW) == (
        Lane(topic="inbox.*.session-held", lane=0, behind=2, seconds=300.0, moved_at=LONG_AGO),
        Lane(topic="referral-made", lane=0, behind=0, seconds=0.0, moved_at=None),
    )


def test_what_kafka_does_not_say_is_not_known_and_not_nothing() -> None:
    place = ("referral-made", 3)
    assert lanes_of({place: {}}, None, NOW)[0] == Lane(
        topic="referral-made", lane=3, behind=None, seconds=None, moved_at=None
    )
    assert lanes_of({place: {}}, {place: Lag(4, 4, None)}, NOW)[0].seconds is None


def test_a_topic_that_is_gone_is_no_lane() -> None:
    assert lanes_of({("inbox.gone.session-held", 0): {}}, {}, NOW) == ()


def past(seconds: float, **loops: tuple[int, int]) -> Past:
    return Past(seconds, {name: {("referral-made", 0): Marks(*marks)} for name, marks in loops.items()})


def test_what_came_and_went_is_of_the_last_minute() -> None:
    looks = deque([past(0, gate=(0, 0)), past(20, gate=(10, 100)), past(80, gate=(70, 130))])
    assert rates_of(looks, past(90, gate=(80, 135))) == {"gate": {"came": 30, "handled": 60}}


def test_a_younger_look_counts_what_it_has_seen() -> None:
    assert rates_of(deque([past(5, gate=(1, 1))]), past(15, gate=(4, 9))) == {"gate": {"came": 8, "handled": 3}}
    assert rates_of(deque(), past(15, gate=(4, 9))) == {}


def test_what_stood_in_a_partition_before_it_was_ours_did_not_come_now() -> None:
    assert rates_of(deque([past(5, gate=(1, 1))]), past(15, other=(0, 1_000_000))) == {
        "other": {"came": 0, "handled": 0}
    }


@asynccontextmanager
async def serving(stage: Stage) -> AsyncIterator[tuple[Running, str]]:
    """The toy as a service in this very loop, hearing this test's partner only, and its address."""
    port, started, stop = ports.take(None, None, "the toy"), asyncio.Event(), asyncio.Event()
    settings = stage.settings.model_copy(
        update={"http_port": port, "database_prefix": stage.database.name.removesuffix("toy")}
    )
    known: list[Running] = []

    async def note(running: Running) -> None:
        known.append(running)

    loop = replace(toy.LOOP, pattern=rf"^(inbox\.{stage.partner}\.session-held|referral-made)$")
    toys = Service("toy", settings, loops=(loop,), background=(note,), read_models=_ages)
    ended = asyncio.create_task(serve(toys, started, stop))
    try:
        await asyncio.wait((ended, asyncio.create_task(started.wait())), return_when=asyncio.FIRST_COMPLETED)
        await until(lambda: _there(known))
        yield known[0], f"http://127.0.0.1:{port}"
    finally:
        stop.set()
        await ended
        gc.enable()  # a service does without, and this process goes on
        gc.unfreeze()


async def _there(known: list[Running]) -> bool:
    return bool(known)


async def _ages(_: Running) -> dict[str, float | None]:
    return {"toys": 0.0}


async def standing(url: str) -> Standing:
    async with httpx.AsyncClient() as http:
        return msgspec.json.decode((await http.get(f"{url}/api/standing")).content, type=Standing)


async def test_a_service_says_how_it_stands(stage: Stage) -> None:
    unknown, unlucky, held_up = (str(uuid.uuid4()) for _ in range(3))
    async with serving(stage) as (running, url):

        async def gate(**wanted: Any) -> LoopStanding | None:
            (loop,) = (await standing(url)).loops or (None,)
            is_so = loop and all(getattr(loop, name) == value for name, value in wanted.items())
            return loop if is_so else None

        await stage.session(unknown)
        await stage.session(unlucky, minutes=toy.UNLUCKY_MINUTES)
        loop = await until(lambda: gate(waiting=1, behind=0))
        assert [(group.cause.split(" ")[0], group.count) for group in loop.parked] == [("ValueError", 1)]
        assert (loop.loop, loop.seconds, loop.oldest_at, loop.outbox) == ("gate", 0.0, None, 0)
        assert {lane.topic for lane in loop.lanes} == {"inbox.*.session-held", "referral-made"}

        said = await standing(url)
        assert (said.service, said.ready, dict(said.why), said.read_models) == ("toy", True, {}, {"toys": 0.0})
        assert said.at is not None and said.since < said.at <= datetime.now(UTC)

        async with running.runners["gate"].batch_lock:
            before = datetime.now(UTC)
            await stage.session(held_up)
            loop = await until(lambda: gate(behind=1))
        assert loop.oldest_at is not None
        assert loop.oldest_at >= before - timedelta(milliseconds=1)  # Kafka's stamps are whole milliseconds
        assert [lane.topic for lane in loop.lanes if lane.behind] == ["inbox.*.session-held"]

        async def watched() -> bool:
            loop = await gate(behind=0, waiting=2)
            return loop is not None and loop.came is not None and loop.handled is not None

        assert await until(watched)

    pause = {"_id": "gate", "since": NOW, "who": "an operator", "why": "maintenance"}
    await stage.database["paused"].insert_one(pause)
    behind = Behind(stage.settings.kafka_connection(), 20)
    (same,) = await look(stage.database, behind, stage.partners)  # of a service that answers no more
    await behind.close()
    assert (same.loop, same.behind, same.waiting, same.came) == ("gate", 0, 2, None)
    assert same.paused == Paused(since=NOW, intake=False)
    assert same.moved_at is not None and same.moved_at >= before


async def test_without_kafka_it_says_what_mongodb_knows(stage: Stage) -> None:
    await stage.database["positions"].insert_one(
        {"_id": "gate/referral-made/0", "loop": "gate", "topic": "referral-made", "partition": 0, "next": 5,
         "waiting": {"acme": 3, "other": -1}, "moved_at": NOW}
    )  # fmt: skip
    behind = Behind({"bootstrap_servers": "127.0.0.1:1"}, patience_seconds=5)
    (loop,) = await look(stage.database, behind, stage.partners)
    assert (loop.loop, loop.behind, loop.seconds, loop.waiting, loop.moved_at) == ("gate", None, None, 2, NOW)


async def test_while_mongodb_is_away_it_answers_what_it_knew_and_when(kafka_url: str) -> None:
    settings = ServiceSettings(
        kafka_url=kafka_url, mongo_url="mongodb://%2Fnowhere%2Fmongodb.sock", http_port=0, mongo_timeout_seconds=1
    )
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(**settings.mongo_connection())
    running = _without_parts(settings, client)
    running.lookout._at, knew = NOW, (_loop(),)
    running.lookout._loops = knew
    said = await running.lookout.standing()
    assert (said.at, said.loops, said.ready) == (NOW, knew, False)
    await running.lookout.close()
    await client.close()


def _loop() -> LoopStanding:
    return LoopStanding(
        loop="gate", behind=3, seconds=8.0, oldest_at=JUST_NOW, moved_at=LONG_AGO, lanes=(), waiting=0, parked=(),
        outbox=0, unsent_seconds=0.0,
    )  # fmt: skip


def _without_parts(settings: ServiceSettings, client: AsyncMongoClient[dict[str, Any]]) -> Running:
    return Running(
        Service("toy", settings, loops=(toy.LOOP,)), client, client["none"], Partners(client["none"]["p"]), Metrics()
    )
