"""How far a loop is behind: how many records are in Kafka behind its positions, and when the oldest was accepted.

It asks Kafka, and not the loop, for other workers of the same loop hold other partitions.
"""

import asyncio
from collections.abc import Collection, Coroutine, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, TypeVar

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from contracts.topics import inbox_parts
from servicekit.positions import Position

_WAIT_MS: Final = 500
_FETCH_BYTES: Final = 16 * 1024  # of each partition one record is wanted; a batch that is larger comes all the same


T = TypeVar("T")


class NotKnown(Exception):  # noqa: N818  not an error: there is no answer now
    """Kafka does not say, or not in time."""


class Lag(NamedTuple):
    """So many records stand at and after a position, up to the end of the log; when the first of them was accepted.

    `oldest_at` is None where there is none, or where it did not come in time.
    """

    records: int
    end: int
    oldest_at: datetime | None


class Behind:
    """A consumer of no group, kept from question to question, one at a time."""

    def __init__(self, kafka: Mapping[str, Any], patience_seconds: float) -> None:
        self._kafka, self._patience = kafka, patience_seconds
        self._consumer: AIOKafkaConsumer | None = None

    async def oldest_after(self, positions: Mapping[Position, int]) -> datetime | None:
        """When the oldest record at or after these offsets was accepted; None: there is none. Raises `NotKnown`."""
        lags = (await self.after(positions)).values()
        return min((lag.oldest_at for lag in lags if lag.oldest_at), default=None)

    async def after(self, positions: Mapping[Position, int]) -> dict[Position, Lag]:
        """What stands at and after each of these offsets, of topics that there are. Raises `NotKnown`."""
        return await self._asked(self._after(positions))

    async def ends(self, positions: Collection[Position]) -> dict[Position, int]:
        """Where the log of each partition ends now, of topics that there are. Raises `NotKnown`."""
        return await self._asked(self._ends(positions))

    async def _asked(self, question: Coroutine[Any, Any, T]) -> T:
        try:
            async with asyncio.timeout(self._patience):
                return await question
        except (KafkaError, TimeoutError) as away:
            await self.close()  # begins anew: what it was about to do is not known
            raise NotKnown from away

    async def _ends(self, positions: Collection[Position]) -> dict[Position, int]:
        consumer = await self._started()
        there = await consumer.topics()  # of a topic that is gone Kafka's client would wait for an answer for ever
        asked = {TopicPartition(*position) for position in positions if position[0] in there}
        held = consumer.assignment()
        wanted = asked | {place for place in held if place.topic in there}
        if wanted != held:  # all at once: it would learn of topics one by one, half a second each
            consumer.assign(list(wanted))
            consumer.pause(*wanted)
        ends = await consumer.end_offsets(list(asked)) if asked else {}
        return {(place.topic, place.partition): end for place, end in ends.items()}

    async def _after(self, positions: Mapping[Position, int]) -> dict[Position, Lag]:
        ends = await self._ends(positions)
        behind = {place: positions[place] for place, end in ends.items() if end > positions[place]}
        firsts = await self._firsts(behind) if behind else {}
        return {place: Lag(max(0, end - positions[place]), end, firsts.get(place)) for place, end in ends.items()}

    async def _firsts(self, offsets: Mapping[Position, int]) -> dict[Position, datetime]:
        consumer = await self._started()
        places = [TopicPartition(*position) for position in offsets]
        try:
            for place, offset in zip(places, offsets.values(), strict=True):
                consumer.seek(place, offset)
            consumer.resume(*places)
            return await _first_of_each(consumer, len(places))
        finally:
            consumer.pause(*places)

    async def _started(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            self._consumer = AIOKafkaConsumer(
                **self._kafka, group_id=None, enable_auto_commit=False, max_partition_fetch_bytes=_FETCH_BYTES
            )
            await self._consumer.start()
        return self._consumer

    async def close(self) -> None:
        """Let go of the connections."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await consumer.stop()


async def _first_of_each(consumer: AIOKafkaConsumer, partitions: int) -> dict[Position, datetime]:
    """When the first record was accepted of each partition that hands one over in time."""
    firsts: dict[Position, datetime] = {}
    while len(firsts) < partitions:
        found = await consumer.getmany(timeout_ms=_WAIT_MS)
        if not found:
            break
        for place, records in found.items():
            firsts.setdefault((place.topic, place.partition), accepted_at(records[0]))
        consumer.pause(*found)
    return firsts


def accepted_at(record: ConsumerRecord[bytes | None, bytes | None]) -> datetime:
    """When a canonical record was accepted; of one that does not say so, when Kafka had it, as its client stamped it.

    In an inbox anything may stand, headers of ours too.
    """
    said = next((value for name, value in record.headers if name == "ce_acceptedtime"), None)
    if said and inbox_parts(record.topic) is None:
        return datetime.fromisoformat(said.decode())
    return datetime.fromtimestamp(max(0, record.timestamp) / 1000, UTC)
