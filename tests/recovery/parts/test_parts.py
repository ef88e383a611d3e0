"""What breaks the parts really breaks them, and only for the services: on a real broker and mongod behind proxies."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from pymongo import MongoClient
from pymongo.errors import AutoReconnect, NetworkTimeout, OperationFailure

from recovery.parts import fail_points
from recovery.parts.members import Member
from recovery.parts.stages import HANDLE, Parts, breakable
from recovery.stage import Stage


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with breakable(f"parts-{os.getpid()}", os.getpid()) as opened:
        yield opened


@pytest.fixture
def parts(stage: Stage) -> Iterator[Parts]:
    parts: Parts = stage.handles[HANDLE]
    yield parts
    parts.kafka.proxy.heal()
    parts.mongo.all[0].proxy.heal()


@pytest.fixture
def mongod(parts: Parts) -> Member:
    return parts.mongo.await_primary()


@pytest.fixture
def service(stage: Stage) -> Iterator[MongoClient[dict[str, Any]]]:
    """A client as services have it; what went wrong stays wrong, nothing is tried again."""
    with MongoClient(stage.mongo_url, timeoutMS=1000, retryReads=False, retryWrites=False) as client:
        client.admin.command("ping")
        yield client


@pytest.fixture
def outsider(stage: Stage) -> Iterator[MongoClient[dict[str, Any]]]:
    with MongoClient(stage.direct_mongo_url) as client:
        client.admin.command("ping")
        yield client


def connection(client: MongoClient[dict[str, Any]]) -> int:
    """By which of its connections MongoDB knows the client."""
    number: int = client.admin.command("hello")["connectionId"]
    return number


def test_the_answer_of_a_commit_is_lost_after_the_commit(service: Any, outsider: Any, mongod: Member) -> None:
    mongod.proxy.lose_answers("commitTransaction", 1)
    with service.start_session() as session:
        session.start_transaction()
        service.test.lost.insert_one({"_id": 1}, session=session)
        assert (mongod.proxy.lost("commitTransaction"), outsider.test.lost.count_documents({})) == (0, 0)
        session.commit_transaction()  # the driver itself asks a second time
    assert mongod.proxy.lost("commitTransaction") == 1
    assert outsider.test.lost.count_documents({}) == 1


def test_an_answer_that_says_no_is_not_lost(service: Any, outsider: Any, mongod: Member) -> None:
    outsider.test.twice.insert_one({"_id": 1})
    before = mongod.proxy.lost("insert")
    mongod.proxy.lose_answers("insert", 1)
    with pytest.raises(OperationFailure, match="E11000"):
        service.test.twice.insert_one({"_id": 1})
    with pytest.raises(AutoReconnect):
        service.test.twice.insert_one({"_id": 2})
    assert mongod.proxy.lost("insert") - before == 1
    assert outsider.test.twice.count_documents({}) == 2


def test_a_cut_ends_the_connections_of_services_alone(service: Any, outsider: Any, mongod: Member) -> None:
    cut, ours, others = mongod.proxy.seen["cut"], connection(service), connection(outsider)
    mongod.proxy.cut()
    assert mongod.proxy.seen["cut"] - cut >= 1
    with suppress(AutoReconnect):  # unless the driver has noticed by itself
        service.test.command("ping")
    assert connection(service) != ours
    assert connection(outsider) == others


def test_who_met_the_hole_is_never_answered_even_when_others_are_again(service: Any, mongod: Member) -> None:
    mongod.proxy.swallow()
    with pytest.raises(NetworkTimeout):
        service.test.command("ping")
    assert mongod.proxy.seen["swallowed"] >= 1
    dead = {line for line in mongod.proxy.lines if line.is_dead}
    mongod.proxy.heal(forgotten=True)
    service.test.command("ping")  # on a connection of its own: that which timed out was given up
    assert all(line.is_dead for line in dead)


def test_slow_is_slow(service: Any, mongod: Member) -> None:
    mongod.proxy.slow(0.1)
    started = time.monotonic()
    service.test.command("ping")
    assert time.monotonic() - started > 0.2  # there and back
    assert mongod.proxy.seen["slowed"] >= 2


def test_commands_fail_for_services_alone_and_as_often_as_was_said(service: Any, outsider: Any, mongod: Member) -> None:
    before = fail_points.failed(mongod)
    fail_points.fail_commands(mongod, ["find"], 2, code=fail_points.DISK_FULL, labels=["OfOurs"])
    outsider.test.any.find_one()
    for _ in range(2):
        with pytest.raises(OperationFailure) as failure:
            service.test.any.find_one()
        assert (failure.value.code, failure.value.has_error_label("OfOurs")) == (fail_points.DISK_FULL, True)
    service.test.any.find_one()
    assert fail_points.failed(mongod) - before == 2


def test_a_write_is_done_although_its_answer_says_that_it_failed(service: Any, outsider: Any, mongod: Member) -> None:
    fail_points.fail_commands(mongod, ["insert"], 1, code=64, writes_done=True)
    with pytest.raises(OperationFailure):
        service.test.done.insert_one({"_id": 1})
    assert outsider.test.done.count_documents({}) == 1


def test_writes_conflict(service: Any, outsider: Any, mongod: Member) -> None:
    outsider.test.conflicts.insert_one({"_id": 1})
    before, met = fail_points.conflicts(mongod), 0
    with fail_points.conflicting(mongod, 0.5):
        for number in range(2, 22):
            try:
                with service.start_session() as session, session.start_transaction():
                    service.test.conflicts.insert_one({"_id": number}, session=session)
            except OperationFailure as failure:
                met += failure.code == fail_points.WRITE_CONFLICT
    assert met >= 1
    assert fail_points.conflicts(mongod) - before >= met


async def test_a_record_is_written_once_though_its_acknowledgement_was_lost(stage: Stage, parts: Parts) -> None:
    admin = AdminClient({"bootstrap.servers": stage.direct_kafka_url})
    admin.create_topics([NewTopic("lost", 1, 1)])["lost"].result()
    parts.kafka.proxy.lose_answers("Produce", 1)
    producer = AIOKafkaProducer(bootstrap_servers=stage.kafka_url, enable_idempotence=True, acks="all")
    await producer.start()
    await producer.send_and_wait("lost", b"once")
    await producer.stop()
    assert parts.kafka.proxy.lost("Produce") == 1
    assert end_of(stage.direct_kafka_url, "lost") == 1


async def test_kafka_behind_a_shut_proxy_is_away_for_services_alone(stage: Stage, parts: Parts) -> None:
    parts.kafka.proxy.shut()
    producer = AIOKafkaProducer(bootstrap_servers=stage.kafka_url)
    with pytest.raises(KafkaError):
        await producer.start()
    await producer.stop()
    assert AdminClient({"bootstrap.servers": stage.direct_kafka_url}).list_topics(timeout=10).brokers


def end_of(kafka_url: str, topic: str) -> int:
    consumer = Consumer({"bootstrap.servers": kafka_url, "group.id": "looks"})
    try:
        return int(consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=10)[1])
    finally:
        consumer.close()
