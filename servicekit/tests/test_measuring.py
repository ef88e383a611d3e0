"""What is measured of a loop on real parts: what waits, is parked and lies there, whoever asks; and by which labels."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaProducer
from prometheus_client.parser import text_string_to_metric_families
from pymongo import AsyncMongoClient
from support import toy
from support.stage import Stage
from support.waiting import until

from contracts.topics import EVENT_TYPES
from servicekit.assembling import loop_runner
from servicekit.http import application
from servicekit.measuring import ahead, ask
from servicekit.metrics import ENDINGS, Metrics
from servicekit.partners import Partners
from servicekit.running import Running, Service
from servicekit.settings import ServiceSettings
from servicekit.standing import Lane, LoopStanding, positions_of
from servicekit.timing import COMMANDS, MongoTimes

NINE = datetime(2025, 3, 3, 9, tzinfo=UTC)
BOUNDED = {
    "loop": {"gate"},
    "ending": set(ENDINGS),
    "cause": {"conflict", "outage"},
    "topic": {"inbox.*.session-held", "referral-made"},
    "why": {"waiting", "parked", "behind"},
    "scheme": {"bridgend", "unknown"},
    "event": {*(kind.event for kind in EVENT_TYPES.values()), "unknown"},
    "part": {"mongodb", "kafka"},
    "command": COMMANDS | {"other"},
    "result": {"ok", "error"},
    "call": {"send"},
    "route": {"/metrics", "none"},
    "method": {"GET", "other"},
    "status": {"200", "404", "405"},
}


@pytest.fixture
async def running(stage: Stage) -> AsyncIterator[Running]:
    """A service of one loop that hears this test's partner only."""
    metrics = Metrics()
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
        **stage.settings.mongo_connection(), event_listeners=[MongoTimes(metrics)]
    )
    loop = replace(toy.LOOP, pattern=rf"^(inbox\.{stage.partner}\.session-held|referral-made)$")
    service, database = Service("toy", stage.settings, loops=(loop,)), client[stage.database.name]
    running = Running(service, client, database, stage.partners, metrics, started=True)
    runner = loop_runner(
        stage.group,
        loop,
        settings=stage.settings,
        database=database,
        partners=stage.partners,
        metrics=metrics,
    )
    running.runners["gate"] = runner
    await runner.start()
    yield running
    await runner.stop()
    await running.lookout.close()
    await client.close()


def value(running: Running, name: str, **labels: str) -> float | None:
    return running.metrics.registry.get_sample_value(name, labels)


async def hostile(stage: Stage, word: str) -> None:
    """Records that hold the word in every place that they have; that are no event, or of nobody's referral."""
    inbox = f"inbox.{stage.partner}.session-held"
    said = toy.headers("session-held", word, partner=stage.partner)
    for headers in ([], [(word, b"\xff")], [("ce_type", word.encode())], [*said, ("ce_subject", word.encode())]):
        await stage.producer.send_and_wait(inbox, word.encode(), key=word.encode(), headers=headers)
    await stage.session(str(uuid.uuid4()))


def series(scraped: str) -> set[tuple[str, tuple[tuple[str, str], ...]]]:
    return {
        (sample.name, tuple(sorted(sample.labels.items())))
        for family in text_string_to_metric_families(scraped)
        for sample in family.samples
        if sample.name.startswith("footing_")
    }


async def test_what_waits_is_parked_and_lies_there_is_measured(stage: Stage, running: Running) -> None:
    made, unmade = str(uuid.uuid4()), str(uuid.uuid4())
    await stage.referral(made)
    await stage.until(lambda: stage.toy(made))
    await stage.session(made, minutes=toy.UNLUCKY_MINUTES)
    await stage.session(made)
    await stage.session(unmade)

    async def measured() -> bool:
        await ask(running)
        found = [value(running, f"footing_{what}_records", loop="gate") for what in ("parked", "waiting")]
        return found == [2, 1] and value(running, "footing_lag_seconds", loop="gate") == 0

    await until(measured)
    assert value(running, "footing_records_handled_total", loop="gate", ending="waiting") == 1
    held = {"scheme": "bridgend", "event": "session-held"}
    assert value(running, "footing_figures_short_records", **held, why="parked") == 2
    assert value(running, "footing_figures_short_records", **held, why="waiting") == 1
    assert value(running, "footing_lag_records", loop="gate", topic="inbox.*.session-held") == 0
    assert value(running, "footing_part_answers", part="mongodb") == 1
    assert value(running, "footing_part_answers", part="kafka") == 1
    assert (value(running, "footing_mongo_disk_used_bytes") or 0) < (value(running, "footing_mongo_disk_bytes") or 0)
    assert (value(running, "footing_kafka_call_seconds_count", call="send", result="ok") or 0) > 0

    running.runners["gate"]._seat.pause()
    await stage.session(unmade)

    async def lies_there() -> bool:
        await ask(running)
        return value(running, "footing_lag_records", loop="gate", topic="inbox.*.session-held") == 1

    await until(lies_there)
    assert (value(running, "footing_lag_seconds", loop="gate") or 0) > 0
    assert value(running, "footing_figures_short_records", **held, why="behind") == 1


async def test_hostile_input_adds_no_series_and_stands_in_none(stage: Stage, running: Running) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(application(running)), base_url="http://toy") as http:

        async def after(word: str, records: int) -> str:
            await hostile(stage, word)
            for path in (f"/{word}", f"/metrics/{word}", f"/metrics?{word}={word}"):
                await http.request("GET", path, headers={word: word})
                await http.request(word.upper(), path)

            async def handled() -> bool:
                endings = {ending: value(running, "footing_records_handled_total", loop="gate", ending=ending) or 0
                           for ending in ("parked", "waiting", "refused")}  # fmt: skip
                sent = value(running, "footing_kafka_call_seconds_count", call="send", result="ok")
                forgotten = value(running, "footing_mongo_command_seconds_count", command="delete", result="ok")
                return sum(endings.values()) == records and bool(sent) and bool(forgotten)

            async def measured() -> bool:
                await ask(running)
                waiting, behind = (value(running, f"footing_{what}", loop="gate") for what in
                                   ("waiting_records", "lag_seconds"))  # fmt: skip
                return (waiting, behind) == (records // 5, 0)

            await until(handled)
            await until(measured)
            return (await http.get("/metrics")).text

        first = await after("zebediah", 5)
        second = await after("quillfeather", 10)
    assert series(second) == series(first)
    assert "zebediah" not in second.lower()
    assert "quillfeather" not in second.lower()
    assert stage.partner not in second
    for name, labels in series(second):
        for label, said in labels:
            assert label == "le" or said in BOUNDED[label], (name, label, said)


@pytest.fixture
async def left_alone(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Running]:
    """A service that has started, and then Kafka and MongoDB went away."""
    monkeypatch.setattr("servicekit.measuring._MONGO_SECONDS", 0.2)
    nowhere = ServiceSettings(kafka_url="127.0.0.1:1", mongo_url="mongodb://%2Fnowhere%2Fmongodb.sock", http_port=0)
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(nowhere.mongo_url, serverSelectionTimeoutMS=100)
    partners = Partners(client["none"]["partners"])
    toys = Service("toy", nowhere, loops=(toy.LOOP,))
    running = Running(toys, client, client["none"], partners, Metrics(), started=True)
    yield running
    await running.lookout.close()
    await client.close()


async def test_parts_that_do_not_answer_are_said_not_to_and_nothing_is_made_up(left_alone: Running) -> None:
    await ask(left_alone)
    assert value(left_alone, "footing_part_answers", part="mongodb") == 0
    for part in ("mongodb", "kafka"):
        assert value(left_alone, "footing_measured_timestamp_seconds", part=part) is None
    assert value(left_alone, "footing_part_answers", part="kafka") is None, "it was not asked"
    assert value(left_alone, "footing_parked_records", loop="gate") is None


async def test_an_answer_without_its_age_is_shown_and_is_no_measurement(left_alone: Running) -> None:
    lane = Lane(topic="inbox.*.session-held", lane=0, behind=3, seconds=None, moved_at=None)
    loop = LoopStanding(
        loop="gate", behind=3, seconds=None, oldest_at=None, moved_at=None, lanes=(lane,),
        waiting=0, parked=(), outbox=0, unsent_seconds=0.0,
    )  # fmt: skip
    left_alone.lookout._at, left_alone.lookout._loops = NINE, (loop,)
    await ask(left_alone)
    assert value(left_alone, "footing_lag_records", loop="gate", topic="inbox.*.session-held") == 3
    assert value(left_alone, "footing_lag_seconds", loop="gate") is None
    assert value(left_alone, "footing_part_answers", part="kafka") == 1
    assert value(left_alone, "footing_measured_timestamp_seconds", part="kafka") is None


async def test_an_answer_kept_from_before_stays_as_old_as_it_is(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("servicekit.lookout._FRESH_SECONDS", 0.0)
    await ask(running)
    measured = value(running, "footing_measured_timestamp_seconds", part="kafka")
    assert measured is not None
    monkeypatch.setattr("servicekit.lookout._PATIENCE_SECONDS", 0.1)
    async with running.lookout._alone:  # somebody else's question takes long
        await ask(running)
        assert value(running, "footing_measured_timestamp_seconds", part="kafka") == measured

    async def measured_anew() -> bool:
        await ask(running)
        return (value(running, "footing_measured_timestamp_seconds", part="kafka") or 0) > measured

    await until(measured_anew)


async def test_what_a_transaction_leaves_at_the_end_of_a_log_is_no_lag(stage: Stage, running: Running) -> None:
    inbox, referral = f"inbox.{stage.partner}.session-held", str(uuid.uuid4())
    said = toy.headers("session-held", referral, partner=stage.partner)
    producer = AIOKafkaProducer(**stage.settings.kafka_connection(), transactional_id=stage.partner)
    await producer.start()
    async with producer.transaction():
        sent = await producer.send_and_wait(inbox, toy.session(referral), key=referral.encode(), headers=said)
    await producer.stop()

    async def handled() -> bool:
        return bool((await stage.toy(referral)).get("waiting"))

    await until(handled)
    place = inbox, sent.partition

    async def one_more_that_nobody_can_read() -> bool:
        async with running.lookout._alone:
            return await running.lookout._asks().ends([place]) == {place: 2}

    await until(one_more_that_nobody_can_read)  # Kafka writes it when it has answered
    assert (await positions_of(stage.database))["gate"][place]["next"] == 1

    async def measured() -> bool:
        await ask(running)
        return value(running, "footing_measured_timestamp_seconds", part="kafka") is not None

    await until(measured)
    assert value(running, "footing_lag_records", loop="gate", topic="inbox.*.session-held") == 0
    assert value(running, "footing_lag_seconds", loop="gate") == 0
    running.stopping.set()
    await running.lookout.keep()
    assert place not in running.lookout.behind("gate"), "no figure is short of it"


@pytest.mark.parametrize(("asked", "answered", "is_ahead"), [(0, 1, 0), (-1, 1, 0), (7, 8, 7), (-9, -8, -8)])
def test_a_clock_is_wrong_by_what_the_way_does_not_explain(asked: int, answered: int, is_ahead: int) -> None:
    assert ahead(NINE + timedelta(seconds=asked), NINE, NINE + timedelta(seconds=answered)) == is_ahead
