"""On less than the guarantees need a service refuses to run, and one sentence says what is wrong and what to do."""

import asyncio
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from pymongo import AsyncMongoClient
from structlog.testing import capture_logs
from support import toy
from support.stage import Stage

from ops.localstack import mongod, ports
from servicekit import topics
from servicekit.assertions import (
    PartsUnfit,
    assert_client,
    assert_mongo,
    assert_partners,
    assert_transactions,
    warn_of_clock,
)
from servicekit.running import Service
from servicekit.service import serve
from servicekit.settings import ServiceSettings
from servicekit.topics import TopicsUnfit
from servicekit.unfit import Unfit

FIT = {"retention.ms": "-1", "retention.bytes": "-1", "max.message.bytes": "1048588"}


def _toy(stage: Stage) -> Service:
    prefix = stage.database.name.removesuffix("toy")
    return Service("toy", stage.settings.model_copy(update={"database_prefix": prefix}), loops=(toy.LOOP,))


async def _because(stage: Stage) -> str:
    """Why the toy refuses to start."""
    with pytest.raises(Unfit) as refused:
        await asyncio.wait_for(serve(_toy(stage)), 60)
    return str(refused.value)


@pytest.mark.parametrize("options", ["w=1", "w=0", "journal=false", "readConcernLevel=local", "retryWrites=false",
                                     "readPreference=secondary", "w=1&wtimeoutMS=5"])  # fmt: skip
async def test_nothing_in_the_url_weakens_what_is_confirmed(mongo_url: str, options: str) -> None:
    settings = ServiceSettings(kafka_url="unused:1", mongo_url=f"{mongo_url}&{options}", http_port=0)
    async with AsyncMongoClient(**settings.mongo_connection()) as client:
        assert client.write_concern.document["w"] == "majority"
        assert_client(client)


@pytest.mark.parametrize(
    ("weak", "sentence"),
    [
        ({"w": 1}, "writes are confirmed by {'w': 1} and must be by a majority, journaled"),
        ({"w": "majority", "journal": False},
         "writes are confirmed by {'j': False, 'w': 'majority'} and must be by a majority, journaled"),
        ({"w": "majority"}, "reads are local from Primary and must be majority from the primary"),
        ({"w": "majority", "readConcernLevel": "majority", "readPreference": "secondaryPreferred"},
         "reads are majority from SecondaryPreferred and must be majority from the primary"),
        ({"w": "majority", "readConcernLevel": "majority", "retryWrites": False},
         "retryable writes are off and must be on: give no retryWrites in MONGO_URL"),
    ],
)  # fmt: skip
async def test_a_client_that_confirms_less_is_refused(mongo_url: str, weak: dict[str, Any], sentence: str) -> None:
    async with AsyncMongoClient(mongo_url, **weak) as client:
        with pytest.raises(PartsUnfit) as refused:
            assert_client(client)
    assert str(refused.value) == sentence


async def test_a_real_replica_set_is_fit_and_a_transaction_was_tried(stage: Stage) -> None:
    await assert_mongo(stage.database)
    assert await stage.database["probes"].find_one() == {"_id": "start", "n": 1}


async def test_a_mongod_alone_is_refused_and_takes_no_transaction(tmp_path: Path) -> None:
    port = ports.take(None, None, "a mongod alone")
    words = ("--port", str(port), "--dbpath", str(tmp_path), "--bind_ip", ports.HOST, "--nounixsocket", "--quiet")
    binary = str(mongod.find_binary().path)
    alone = await asyncio.create_subprocess_exec(binary, *words, stdout=asyncio.subprocess.DEVNULL)
    try:
        url = f"mongodb://{ports.HOST}:{port}/"
        connection = ServiceSettings(kafka_url="unused:1", mongo_url=url, http_port=0).mongo_connection()
        async with AsyncMongoClient(**connection) as client:
            with pytest.raises(PartsUnfit, match=r"^MongoDB is not a replica set, so it has no transactions: start it"):
                await assert_mongo(client["toy"])
            with pytest.raises(
                PartsUnfit, match=r"^MongoDB takes no transaction \(code 20\): it must be a replica set"
            ):
                await assert_transactions(client["toy"])
    finally:
        alone.terminate()
        await alone.wait()


async def test_two_partners_of_one_number_are_refused(stage: Stage) -> None:
    registry = stage.database.client[stage.database.name.removesuffix("toy") + "registry"]["partners"]
    await registry.insert_one({"_id": "another", "number": 1, "schemes": [], "events": []})
    assert await _because(stage) == (
        f"values of number stand twice in {registry.full_name} and must be unique: mend that and start again"
    )
    await registry.delete_one({"_id": "another"})
    await assert_partners(registry)
    assert (await registry.index_information())["number_1"]["unique"]


async def test_another_index_in_the_place_of_ours_is_refused(stage: Stage) -> None:
    await stage.database["parked"].create_index([("loop", 1), ("key", 1), ("n", 1)], unique=True)
    assert "parked on [('loop', 1), ('key', 1), ('n', 1)] is there with other options" in await _because(stage)


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("compression.type", "producer", "compression.type=producer and must have uncompressed: or"),
        ("cleanup.policy", "compact", "cleanup.policy=compact and must have delete: a compacted topic forgets events"),
        ("max.message.bytes", "5000000", "max.message.bytes=5000000 and must have at most 1048588: it"),
        ("unclean.leader.election.enable", "true", "unclean.leader.election.enable=true and must have false: or"),
    ],
)  # fmt: skip
async def test_an_altered_topic_of_a_registered_partner_is_refused(
    stage: Stage, setting: str, value: str, sentence: str
) -> None:
    inbox = f"inbox.{stage.partner}.session-held"
    admin = AIOKafkaAdminClient(**stage.settings.kafka_connection())
    await admin.start()
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, inbox, {**topics.INBOX, setting: value})])
    try:
        assert (await _because(stage)).startswith(f"topic {inbox} has {sentence}")
        await topics.assert_fit(stage.settings.kafka_connection(), {"somebody-else"})  # strangers cannot stop us
    finally:
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, inbox, topics.INBOX)])
        await admin.close()


@pytest.mark.parametrize(
    ("settings", "replicas", "sentence"),
    [
        ({"cleanup.policy": "compact"}, 1,
         "topic session-held has cleanup.policy=compact and must have delete: a compacted topic forgets events"),
        ({"min.insync.replicas": "1"}, 3,
         "topic session-held has min.insync.replicas=1 with 3 replicas and must have 2: "
         "or what was acknowledged is lost with one broker"),
        ({"min.insync.replicas": "2"}, 3, None),
        ({}, 1, None),
    ],
)  # fmt: skip
def test_a_canonical_topic_that_can_lose_events_is_refused(
    settings: dict[str, str], replicas: int, sentence: str | None
) -> None:
    assert topics.unfit("session-held", 8, {**FIT, **settings}, replicas) == sentence


async def test_a_group_that_shares_out_in_another_way_is_refused(stage: Stage) -> None:
    """Joining it would fail for ever, without a word of why."""
    group = f"{stage.partner}-other"
    consumer = AIOKafkaConsumer(
        "session-held", **stage.settings.kafka_connection(), group_id=group,
        partition_assignment_strategy=[RoundRobinPartitionAssignor],
    )  # fmt: skip
    await consumer.start()
    try:
        with pytest.raises(TopicsUnfit) as refused:
            await topics.assert_assignor(stage.settings.kafka_connection(), [group], "range")
    finally:
        await consumer.stop()
    assert str(refused.value) == (
        f"group {group} has members that share partitions out by roundrobin, and this release does by range: "
        "stop them all, then start this one"
    )
    unknown = [f"never-{uuid.uuid4().hex}"]
    await topics.assert_assignor(stage.settings.kafka_connection(), unknown, "range")


def test_a_clock_far_from_the_servers_is_said() -> None:
    with capture_logs() as logs:
        warn_of_clock(timedelta(seconds=59).total_seconds())
        warn_of_clock(timedelta(minutes=-3).total_seconds())
    assert logs == [{"event": "clock_differs", "log_level": "warning", "ahead_of_mongo_seconds": -180}]
