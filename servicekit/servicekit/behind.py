"""How far a loop is behind: when the oldest record was accepted that is in Kafka and behind its positions.

It asks Kafka and MongoDB, and not the loop, for other workers of the same loop hold other partitions.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from servicekit.positions import Position

_WAIT_MS: Final = 500


class NotKnown(Exception):  # noqa: N818  not an error: there is no answer now
    """Kafka does not say, or not in time."""


class Behind:
    """A consumer of no group, kept from question to question, one at a time."""

    def __init__(self, kafka: Mapping[str, Any], patience_seconds: float) -> None:
        self._kafka, self._patience = kafka, patience_seconds
        self._consumer: AIOKafkaConsumer | None = None

    async def oldest_after(self, positions: Mapping[Position, int]) -> datetime | None:
        """When the oldest record at or after these offsets was accepted; None: there is none. Raises `NotKnown`."""
        try:
            async with asyncio.timeout(self._patience):
                return await self._oldest_after(positions)
        except (KafkaError, TimeoutError) as away:
            await self.close()  # begins anew: what it was about to do is not known
            raise NotKnown from away

    async def _oldest_after(self, positions: Mapping[Position, int]) -> datetime | None:
        consumer = await self._started()
        ends = await consumer.end_offsets([TopicPartition(*position) for position in positions])
        behind = {place: positions[place.topic, place.partition] for place, end in ends.items()
                  if end > positions[place.topic, place.partition]}  # fmt: skip
        if not behind:
            return None
        consumer.assign(list(behind))
        try:
            for place, offset in behind.items():
                consumer.seek(place, offset)
            return await _oldest(consumer, len(behind))
        finally:
            consumer.unsubscribe()

    async def _started(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            self._consumer = AIOKafkaConsumer(**self._kafka, group_id=None, enable_auto_commit=False)
            await self._consumer.start()
        return self._consumer

    async def close(self) -> None:
        """Let go of the connections."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await consumer.stop()


async def _oldest(consumer: AIOKafkaConsumer, partitions: int) -> datetime | None:
    """The earliest of the first record of each partition that hands one over in time."""
    firsts: dict[TopicPartition, datetime] = {}
    while len(firsts) < partitions:
        found = await consumer.getmany(timeout_ms=_WAIT_MS)
        if not found:
            break
        for place, records in found.items():
            firsts.setdefault(place, accepted_at(records[0]))
        consumer.pause(*found)
    return min(firsts.values(), default=None)


def accepted_at(record: ConsumerRecord[bytes | None, bytes | None]) -> datetime:
    """When a canonical record was accepted; of one that does not say so, when Kafka had it."""
    said = next((value for name, value in record.headers if name == "ce_acceptedtime"), None)
    return datetime.fromisoformat(said.decode()) if said else datetime.fromtimestamp(record.timestamp / 1000, UTC)
