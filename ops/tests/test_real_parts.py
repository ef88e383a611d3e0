"""The parts that tests run on are real: a record goes through the broker, a transaction through the database."""

import os
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from pymongo import MongoClient
from support.real_parts import UniqueNames

from ops import localstack


async def test_a_record_that_is_produced_is_consumed(kafka_url: str, unique_names: UniqueNames) -> None:
    topic = unique_names.topic("referral-made")
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_url)
    await admin.start()
    await admin.create_topics([NewTopic(topic, num_partitions=2, replication_factor=1)])
    await admin.close()

    async with AIOKafkaProducer(bootstrap_servers=kafka_url, acks="all", enable_idempotence=True) as producer:
        await producer.send_and_wait(topic, key=b"r1", value=b"made")
    async with AIOKafkaConsumer(
        topic, bootstrap_servers=kafka_url, group_id=unique_names.prefix, auto_offset_reset="earliest"
    ) as consumer:
        record = await consumer.getone()

    assert (record.key, record.value) == (b"r1", b"made")


def test_a_transaction_commits_both_documents_for_a_plain_client(mongo_url: str, unique_names: UniqueNames) -> None:
    with MongoClient[dict[str, Any]](mongo_url) as client:
        journeys = client[unique_names.database("outcomes")]["journeys"]
        with client.start_session() as session, session.start_transaction():
            journeys.insert_one({"_id": "r1"}, session=session)
            journeys.insert_one({"_id": "r2"}, session=session)
        assert [row["_id"] for row in journeys.find().sort("_id")] == ["r1", "r2"]


def test_tests_of_one_run_share_one_stack_that_belongs_to_the_run(real_parts: localstack.Stack) -> None:
    assert real_parts.known.owner is not None
    assert real_parts.known.owner.pid == os.getpid()
    assert real_parts.known.ephemeral
