"""Sends to Kafka: records packed a partition at a time, all acknowledged; after an error by a new producer."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError

from contracts.topics import RECEIPT_PARTITIONS
from servicekit import topics
from servicekit.outgoing import Outgoing
from servicekit.producing import open_producer

_BATCH_BYTES: Final = 128 * 1024

log = structlog.get_logger()


class KafkaSender:
    """One producer, opened when needed. After an error an idempotent producer is out of sequence: then a new one."""

    def __init__(self, kafka: dict[str, Any], *, replication: int = 1) -> None:
        self._kafka, self._replication = kafka, replication
        self._producer: AIOKafkaProducer | None = None

    async def send(self, records: Sequence[Outgoing]) -> None:
        """Pack the records a partition at a time, in order, and wait until all are acknowledged."""
        try:
            await self._send(records)
        except UnknownTopicOrPartitionError:
            await self._make_receipts(records)
            raise
        except (KafkaError, OSError):
            await self.close()
            raise

    async def close(self) -> None:
        """Stop the producer; another is opened when it is needed."""
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                await producer.stop()
            except (KafkaError, OSError) as error:
                log.info("relay_closed", cause=type(error).__name__)

    async def _make_receipts(self, records: Sequence[Outgoing]) -> None:
        """Make topics of receipts again that somebody deleted: one that is missing would hold up everybody's."""
        missing = {record.topic for record in records if record.topic.startswith("receipts.")}
        log.warning("receipts_made_again")
        await topics.ensure(
            self._kafka, dict.fromkeys(missing, (RECEIPT_PARTITIONS, topics.RECEIPTS)), replication=self._replication
        )
        await self.close()

    async def _send(self, records: Sequence[Outgoing]) -> None:
        producer = await self._open()
        by_partition: defaultdict[tuple[str, int], list[Outgoing]] = defaultdict(list)
        for record in records:
            by_partition[record.topic, record.partition].append(record)
        acknowledged = await asyncio.gather(
            *(_send_partition(producer, *place, part) for place, part in by_partition.items())
        )
        for futures in acknowledged:
            await asyncio.gather(*futures)

    async def _open(self) -> AIOKafkaProducer:
        if self._producer is None:
            self._producer = await open_producer(self._kafka, max_batch_size=_BATCH_BYTES)
        return self._producer


async def _send_partition(
    producer: AIOKafkaProducer, topic: str, partition: int, records: list[Outgoing]
) -> list[asyncio.Future[Any]]:
    futures: list[asyncio.Future[Any]] = []
    there = await producer.partitions_for(topic)
    if partition not in there and topic.startswith("receipts."):
        partition %= len(there)  # made by somebody else: still one partition for one key
    batch = producer.create_batch()
    for record in records:
        fields = {"key": record.key, "value": record.value, "timestamp": None, "headers": list(record.headers)}
        if batch.append(**fields) is None:
            futures.append(await producer.send_batch(batch, topic, partition=partition))
            batch = producer.create_batch()
            batch.append(**fields)
    futures.append(await producer.send_batch(batch, topic, partition=partition))
    return futures
