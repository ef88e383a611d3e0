"""What 1,000 events cost in round trips, exactly. Time is never asserted; these numbers decide it and hold anywhere."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import Any

import msgspec
import pytest
from aiokafka.conn import AIOKafkaConnection
from pymongo import AsyncMongoClient
from pymongo.monitoring import CommandListener

from benchmarks import stories
from case_service.app import build as case
from case_service.settings import CaseSettings
from contracts.envelope import Record
from contracts.topics import CANONICAL_PARTITIONS, INBOX_PARTITIONS, inbox, receipts
from outcomes_service.app import build as outcomes
from outcomes_service.settings import OutcomesSettings
from servicekit import topics
from servicekit.assembling import loop_runner
from servicekit.lanes import lane
from servicekit.loop import Loop
from servicekit.metrics import Metrics
from servicekit.partners import Partner, Partners
from servicekit.runner import LoopRunner
from servicekit.running import Running, Service
from servicekit.settings import ServiceSettings

Build = Callable[[Any], Service]
Begin = Callable[[Build, type[ServiceSettings]], Awaitable[Running]]
EVENTS = 1_000


class Heard(CommandListener):
    """The commands that reached MongoDB: `find cases`, `commitTransaction`."""

    def __init__(self) -> None:
        self.commands: Counter[str] = Counter()

    def started(self, event: Any) -> None:
        on = event.command[event.command_name]
        self.commands[f"{event.command_name} {on.split('_')[0]}" if isinstance(on, str) else event.command_name] += 1

    def succeeded(self, event: Any) -> None:
        pass

    def failed(self, event: Any) -> None:
        pass


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
async def running(mongo_url: str, kafka_url: str, unique_names: Any, heard: Heard) -> AsyncIterator[Begin]:
    """A built service with its databases prepared, none of its loops started."""
    client: AsyncMongoClient[dict[str, Any]] | None = None

    async def begin(build: Build, kind: type[ServiceSettings]) -> Running:
        nonlocal client
        settings = kind(mongo_url=mongo_url, kafka_url=kafka_url, http_port=0)
        client = AsyncMongoClient(**settings.mongo_connection(), event_listeners=[heard])
        service, database = build(settings), client[unique_names.database("counts")]
        await topics.ensure_canonical(settings.kafka_connection())
        begun = Running(service, client, database, Partners(database["partners"]), Metrics())
        for prepare in service.prepare:
            await prepare(begun)
        return begun

    yield begin
    assert client is not None
    await client.drop_database(unique_names.database("counts"))
    await client.close()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Requests that went to Kafka, by kind."""
    counted: Counter[str] = Counter()
    really = AIOKafkaConnection.send

    def send(connection: Any, request: Any, **more: Any) -> Any:
        counted[type(request).__name__] += 1
        return really(connection, request, **more)

    monkeypatch.setattr(AIOKafkaConnection, "send", send)
    return counted


async def worker(running: Running, loop: Loop[Any, Any], records: Sequence[Record]) -> LoopRunner[Any, Any]:
    """One worker of the loop that has taken no seat: the partitions of these records are its own."""
    settings, service = running.service.settings, running.service.name
    runner = loop_runner(
        service,
        loop,
        settings=settings,
        database=running.database,
        partners=running.partners,
        metrics=running.metrics,
    )
    await runner.ledger.prepare()
    await runner.writer.claim(sorted({(record.topic, record.partition) for record in records}))
    return runner


def placed(records: Iterable[Record], partitions: int) -> list[Record]:
    """The records as a batch fetched from topics that hold nothing else."""
    ends: Counter[tuple[str, int]] = Counter()
    found = []
    for record in records:
        place = record.topic, lane(record.key or b"", partitions)
        found.append(record._replace(partition=place[1], offset=ends[place]))
        ends[place] += 1
    return found


async def handled(runner: LoopRunner[Any, Any], records: Sequence[Record], heard: Heard) -> None:
    """One batch, from decoded to committed, sent and forgotten. Counted from when it is decoded."""
    items = await runner.writer.read(records)  # the registry is read every five seconds, whatever comes
    runner.writer.sequencer.arrive(items, runner.writer.next, lambda _: None)
    heard.commands.clear()
    written = await runner.writer.write(items)
    assert written is not None
    assert sum(sum(endings.values()) for endings in written.folded.endings.values()) == EVENTS
    for batch in written.out:
        await runner.relay.send_surely(batch)


async def test_a_thousand_sessions_cost_the_gate_ten_round_trips_and_two_produce_requests(
    running: Begin, unique_names: Any, heard: Heard, sent: Counter[str]
) -> None:
    partner = unique_names.prefix
    begun = await running(case, CaseSettings)
    speaks = Partner(name=partner, number=1, schemes=frozenset({stories.SCHEME}), events=frozenset({"session-held"}))
    await begun.partners._collection.insert_one(msgspec.to_builtins(speaks))
    await topics.ensure_partner(begun.kafka, receipts(partner), [inbox(partner, "session-held")])
    told = stories.referrals()
    referrals = told.referrals(EVENTS)
    made = placed(told.tell(referrals), CANONICAL_PARTITIONS)
    sessions = placed(stories.sessions(2).tell(referrals, [partner]), INBOX_PARTITIONS)
    runner = await worker(begun, begun.service.loops[0], [*made, *sessions])
    await handled(runner, made, heard)
    await handled(runner, sessions[:EVENTS], heard)  # opens the producer, and finds out about its topics
    sent.clear()
    await handled(runner, sessions[EVENTS:], heard)
    await runner.relay.stop()
    await runner.writer.close()
    assert heard.commands == {
        "find positions": 1,
        "find cases": 1,
        "find identities": 1,
        "update positions": 1,
        "update cases": 1,
        "insert identities": 1,
        "find outbox": 1,
        "insert outbox": 1,
        "commitTransaction": 1,
        "delete outbox": 1,
    }
    assert sent["ProduceRequest"] == 2  # a request holds at most a megabyte


async def test_a_thousand_events_cost_the_projector_seven_round_trips(running: Begin, heard: Heard) -> None:
    begun = await running(outcomes, OutcomesSettings)
    told = stories.referrals()
    referrals = told.referrals(EVENTS)
    made = placed(told.tell(referrals), CANONICAL_PARTITIONS)
    held = (record._replace(topic="session-held") for record in stories.sessions(1).tell(referrals, ["anybody"]))
    sessions = placed(held, CANONICAL_PARTITIONS)
    projector = next(loop for loop in begun.service.loops if loop.name == "projector")
    runner = await worker(begun, projector, [*made, *sessions])
    await handled(runner, made, heard)
    await handled(runner, sessions, heard)
    await runner.writer.close()
    assert heard.commands == {
        "find journeys": 1,
        "find persons": 1,
        "update positions": 1,
        "update journeys": 1,
        "update persons": 1,
        "update cells": 1,
        "commitTransaction": 1,
    }
