"""Reads what a partner has sent and was told since a moment: inboxes, receipts, and what the door put down."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from contracts import receipt
from contracts.envelope import Record
from contracts.topics import GATES, INBOX_PARTITIONS, RECEIPT_PARTITIONS, inbox, inbox_parts, receipts
from door_service.doorstep import DOORSTEP
from ops.certifying.evidence import Evidence
from ops.connection import no_answer
from servicekit.settings import ServiceSettings

_MOST_RECORDS: Final = 100_000  # of a partition, the last of them: a partner that gets ready sends hundreds
_WAIT_MS: Final = 1_000


async def gather(
    settings: ServiceSettings, partner: str, since: datetime, only: frozenset[str] | None = None
) -> Evidence:
    """What is known of the partner since then; of the events of a run, if `only` names them, and of nothing else.

    Raises `Missing` where Kafka or MongoDB does not answer.
    """
    seen = Evidence(only)
    try:
        async for record in _records(settings, partner, since):
            if inbox_parts(record.topic):
                seen.take_record(record)
            elif said := receipt.read(record):
                seen.take_receipt(said)
        client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(**settings.mongo_connection())
        async with client:
            met = await client[f"{settings.database_prefix}door"][DOORSTEP].find_one({"_id": partner})
    except (KafkaError, PyMongoError) as away:
        raise no_answer(away) from None
    if only is None:
        seen.take_doorstep(met or {}, since)
    return seen


async def _records(settings: ServiceSettings, partner: str, since: datetime) -> AsyncIterator[Record]:
    """The records of the partner's topics from then up to now."""
    consumer = AIOKafkaConsumer(**settings.kafka_connection(), group_id=None, enable_auto_commit=False)
    await consumer.start()
    try:
        left = await _stretch(consumer, partner, since)
        consumer.assign(list(left))
        for place, (first, _) in left.items():
            consumer.seek(place, first)
        ends = {place: end for place, (first, end) in left.items() if first < end}
        while ends:
            for place, messages in (await consumer.getmany(timeout_ms=_WAIT_MS)).items():
                for m in messages:
                    yield Record(m.topic, m.partition, m.offset, m.key, m.value, tuple(m.headers))
                if place in ends and messages[-1].offset + 1 >= ends[place]:
                    del ends[place]
    finally:
        await consumer.stop()


async def _stretch(consumer: AIOKafkaConsumer, partner: str, since: datetime) -> dict[TopicPartition, tuple[int, int]]:
    """From where to where each partition is read."""
    there = await consumer.topics()
    own = {receipts(partner): RECEIPT_PARTITIONS} | {inbox(partner, topic): INBOX_PARTITIONS for topic in GATES}
    places = [TopicPartition(name, number) for name in own.keys() & there for number in range(own[name])]
    if not places:
        return {}
    ends = await consumer.end_offsets(places)
    moment = int(since.timestamp() * 1000)
    found = await consumer.offsets_for_times(dict.fromkeys(places, moment))
    first = {place: found[place].offset if found.get(place) else ends[place] for place in places}
    return {place: (max(first[place], ends[place] - _MOST_RECORDS), ends[place]) for place in places}
