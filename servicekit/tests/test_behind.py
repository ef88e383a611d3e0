"""How old is the oldest record behind a position, as Kafka has it?"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from support.real_parts import UniqueNames
from support.waiting import until

from servicekit.behind import Behind, Lag, NotKnown

EARLY, LATE = datetime(2025, 3, 3, 10, tzinfo=UTC), datetime(2025, 3, 4, 10, tzinfo=UTC)


@pytest.fixture
async def topic(kafka_url: str, unique_names: UniqueNames) -> AsyncIterator[str]:
    """A topic of two partitions: two records in the first, the second of them accepted early; none in the other."""
    name = f"{unique_names.prefix}-accepted"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_url)
    producer = AIOKafkaProducer(bootstrap_servers=kafka_url)
    await admin.start()
    await producer.start()
    try:
        await admin.create_topics([NewTopic(name, 2, 1)])
        for at in (LATE, EARLY):
            headers = [("ce_acceptedtime", at.isoformat().encode())]
            await producer.send_and_wait(name, b"{}", partition=0, headers=headers)
        yield name
    finally:
        await producer.stop()
        await admin.close()


async def test_the_first_record_at_each_position_is_looked_at(kafka_url: str, topic: str) -> None:
    behind = Behind({"bootstrap_servers": kafka_url}, patience_seconds=20)
    try:
        assert await behind.oldest_after({(topic, 0): 0, (topic, 1): 0}) == LATE
        assert await behind.oldest_after({(topic, 0): 1, (topic, 1): 0}) == EARLY
        assert await behind.oldest_after({(topic, 0): 2, (topic, 1): 0}) is None
    finally:
        await behind.close()


async def test_what_no_reader_sees_is_not_behind(kafka_url: str, topic: str) -> None:
    place = topic, 0
    producer = AIOKafkaProducer(bootstrap_servers=kafka_url, transactional_id=topic)
    await producer.start()
    async with producer.transaction():
        at = datetime.fromtimestamp((await producer.send_and_wait(topic, b"{}", partition=0)).timestamp / 1000, UTC)
    await producer.stop()
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_url)
    await admin.start()
    behind = Behind({"bootstrap_servers": kafka_url}, patience_seconds=20)
    try:

        async def one_more_that_nobody_can_read() -> bool:
            return await behind.ends([place]) == {place: 4}

        await until(one_more_that_nobody_can_read)  # Kafka writes it when it has answered
        assert await behind.after({place: 2}) == {place: Lag(2, 4, at)}
        assert await behind.after({place: 3}) == {place: Lag(0, 4, None)}
        assert await behind.oldest_after({place: 3}) is None
        await admin.delete_records({TopicPartition(*place): RecordsToDelete(2)})
        assert await behind.after({place: 0}) == {place: Lag(2, 4, at)}, "retention has taken the first two"
    finally:
        await behind.close()
        await admin.close()


async def test_where_nobody_listens_nothing_is_known(topic: str) -> None:
    behind = Behind({"bootstrap_servers": "127.0.0.1:1"}, patience_seconds=5)
    with pytest.raises(NotKnown):
        await behind.oldest_after({(topic, 0): 0})
    await behind.close()
