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
from servicekit.clock import seconds_now
from servicekit.positions import Position

_WAIT_SECONDS: Final = 0.5  # for one partition more to answer
_LOOK_MS: Final = 50  # whether one has come to its end without a record, nobody tells
_FETCH_BYTES: Final = 16 * 1024  # of each partition one record is wanted; a batch that is larger comes all the same


T = TypeVar("T")


class NotKnown(Exception):  # noqa: N818  not an error: there is no answer now
    """Kafka does not say, or not in time."""


class Lag(NamedTuple):
    """So many offsets stand from the first record at or after a position up to the end of the log; 0: there is none.

    `oldest_at`: when that record was accepted; None where there is none, or where it did not come in time.
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
        firsts = [lag.oldest_at for lag in (await self.after(positions)).values() if lag.records]
        if None in firsts:
            raise NotKnown
        return min((first for first in firsts if first), default=None)

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
        lags = {place: Lag(max(0, end - positions[place]), end, None) for place, end in ends.items()}
        behind = {place: positions[place] for place, lag in lags.items() if lag.records}
        return lags | (await self._looked_at(behind, ends) if behind else {})

    async def _looked_at(self, offsets: Mapping[Position, int], ends: Mapping[Position, int]) -> dict[Position, Lag]:
        """What there is to read of each partition that answers in time: an offset need not hold a record.

        At the end of a transaction stands one that no reader sees; what was compacted has left none.
        """
        consumer = await self._started()
        places = [TopicPartition(*position) for position in offsets]
        try:
            for place, offset in zip(places, offsets.values(), strict=True):
                consumer.seek(place, offset)
            consumer.resume(*places)
            return await _lags(consumer, {place: ends[place.topic, place.partition] for place in places})
        finally:
            consumer.pause(*places)

    async def _started(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            self._consumer = AIOKafkaConsumer(
                **self._kafka,
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="earliest",  # where retention has removed what stood at a position
                max_partition_fetch_bytes=_FETCH_BYTES,
                fetch_max_wait_ms=_LOOK_MS,
            )
            await self._consumer.start()
        return self._consumer

    async def close(self) -> None:
        """Let go of the connections."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await consumer.stop()


async def _lags(consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> dict[Position, Lag]:
    """What there is to read of each partition that hands a record over in time, or comes to its end without one."""
    lags: dict[Position, Lag] = {}
    left, until = set(ends), seconds_now() + _WAIT_SECONDS
    while left and seconds_now() < until:
        for place, records in (await consumer.getmany(timeout_ms=_LOOK_MS)).items():
            lags[place.topic, place.partition] = Lag(
                max(1, ends[place] - records[0].offset), ends[place], accepted_at(records[0])
            )
            consumer.pause(place)
            left.discard(place)
            until = seconds_now() + _WAIT_SECONDS
        for place in [place for place in left if await consumer.position(place) >= ends[place]]:
            lags[place.topic, place.partition] = Lag(0, ends[place], None)
            consumer.pause(place)
            left.discard(place)
    return lags


def accepted_at(record: ConsumerRecord[bytes | None, bytes | None]) -> datetime:
    """When a canonical record was accepted; of one that does not say so, when Kafka had it, as its client stamped it.

    In an inbox anything may stand, headers of ours too.
    """
    said = next((value for name, value in record.headers if name == "ce_acceptedtime"), None)
    if said and inbox_parts(record.topic) is None:
        return datetime.fromisoformat(said.decode())
    return datetime.fromtimestamp(max(0, record.timestamp) / 1000, UTC)
