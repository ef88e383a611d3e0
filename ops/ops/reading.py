"""Reads what stands in topics, partition by partition, between offsets; it joins no group."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.envelope import Record
from contracts.topics import CANONICAL_PARTITIONS
from servicekit.positions import Position
from servicekit.settings import ServiceSettings

_AT_ONCE: Final = 5_000
_ASKED_AT_ONCE: Final = 1_000  # partitions: each such question has the whole patience of the client
_FETCH_BYTES: Final = 2 * 1024 * 1024  # of each partition: bounds what is held unread


async def ends(settings: ServiceSettings, topics: Sequence[str]) -> tuple[dict[Position, int], dict[Position, int]]:
    """Where the log of each partition of these canonical topics begins, and where it ends now."""
    return await bounds(settings, [(topic, lane) for topic in topics for lane in range(CANONICAL_PARTITIONS)])


async def bounds(
    settings: ServiceSettings, positions: Sequence[Position]
) -> tuple[dict[Position, int], dict[Position, int]]:
    """Where the log of each of these partitions begins, and where it ends now."""
    first: dict[Position, int] = {}
    after: dict[Position, int] = {}
    if not positions:
        return first, after
    async with _consumer(settings) as consumer:
        for begin in range(0, len(positions), _ASKED_AT_ONCE):
            places = [TopicPartition(*position) for position in positions[begin : begin + _ASKED_AT_ONCE]]
            consumer.assign(places)  # or it learns of one topic after the other, half a second each
            consumer.pause(*places)
            first |= {(p.topic, p.partition): n for p, n in (await consumer.beginning_offsets(places)).items()}
            after |= {(p.topic, p.partition): n for p, n in (await consumer.end_offsets(places)).items()}
    return first, after


async def records(
    settings: ServiceSettings, until: Mapping[Position, int], since: Mapping[Position, int] | None = None
) -> AsyncIterator[list[Record]]:
    """Every record before these offsets, some thousands at a time, a partition's in order; from `since` on, or all.

    A partition must hold records up to its offset: what retention has removed is not to be asked for.
    """
    since = since or {}
    left = {TopicPartition(*place): offset for place, offset in until.items() if offset > since.get(place, 0)}
    if not left:
        return
    async with _consumer(settings) as consumer:
        consumer.assign(list(left))
        for place, offset in since.items():
            if TopicPartition(*place) in left:
                consumer.seek(TopicPartition(*place), offset)
        while left:
            fetched = await consumer.getmany(timeout_ms=1000, max_records=_AT_ONCE)
            for place, messages in fetched.items():
                end = left.get(place, 0)
                yield [_record(message) for message in messages if message.offset < end]
                if messages[-1].offset + 1 >= end:
                    left.pop(place, None)
                    consumer.pause(place)


class Tail:
    """The log from given offsets on, for as long as it is listened to."""

    def __init__(self, consumer: Any) -> None:
        self._consumer = consumer

    def seek(self, offsets: Mapping[Position, int]) -> None:
        """Read on from here."""
        for place, offset in offsets.items():
            self._consumer.seek(TopicPartition(*place), offset)

    def end_of(self, place: Position) -> int | None:
        """The end of a partition's log when it was last fetched from."""
        end: int | None = self._consumer.highwater(TopicPartition(*place))
        return end

    async def next(self, seconds: float) -> list[Record]:
        """What comes next; nothing if nothing comes for so long."""
        fetched = await self._consumer.getmany(timeout_ms=int(seconds * 1000), max_records=_AT_ONCE)
        return [_record(message) for messages in fetched.values() for message in messages]


@asynccontextmanager
async def tail(settings: ServiceSettings, offsets: Mapping[Position, int]) -> AsyncIterator[Tail]:
    """Listen to these partitions from these offsets on."""
    async with _consumer(settings) as consumer:
        consumer.assign([TopicPartition(*place) for place in offsets])
        listening = Tail(consumer)
        listening.seek(offsets)
        yield listening


@asynccontextmanager
async def _consumer(settings: ServiceSettings) -> AsyncIterator[Any]:
    consumer = AIOKafkaConsumer(
        **settings.kafka_connection(),
        group_id=None,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=_FETCH_BYTES,
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


def _record(message: Any) -> Record:
    return Record(message.topic, message.partition, message.offset, message.key, message.value, tuple(message.headers))
