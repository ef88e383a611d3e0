"""A loop's seat in its group: FastStream's subscriber, and what we must know of the consumer inside it.

Bound to FastStream 0.7.8 and aiokafka 0.14.0, which are pinned.
"""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any, Final

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker

from servicekit.positions import Position
from servicekit.tending import end

_LEAVE_SECONDS: Final = 3.0  # of a broker that hangs the client would wait for more than half a minute

log = structlog.get_logger()


class KafkaSeat:
    """One member of the group; `subscriber` is the only one of `broker`."""

    def __init__(self, broker: KafkaBroker, subscriber: Any) -> None:
        self._broker, self._subscriber = broker, subscriber

    async def take(self) -> None:
        """Join the group and begin to listen."""
        try:
            await self._broker.start()
        except BaseException:
            await self._broker.stop()  # half started it would stay in the group, and handle nothing
            raise

    async def leave(self) -> None:
        """Let the batch in hand end, and leave the group. One that does not hear it finds out by itself."""
        leaving = asyncio.create_task(self._broker.stop())
        await asyncio.wait((leaving,), timeout=_LEAVE_SECONDS)
        if leaving.done():
            leaving.result()
        else:
            log.info("group_not_left")
            await end(leaving)

    @property
    def is_lost(self) -> bool:
        """Whether nothing more will come: nobody listens, or aiokafka's own task ended for good."""
        consumer = self._subscriber.consumer
        if consumer is None or all(task.done() for task in self._subscriber.tasks):
            return True
        return bool(consumer._coordinator._coordination_task.done())

    @property
    def held(self) -> frozenset[Position]:
        """The partitions that Kafka gave us."""
        consumer = self._subscriber.consumer
        return frozenset((tp.topic, tp.partition) for tp in consumer.assignment()) if consumer else frozenset()

    async def is_member(self) -> bool:
        """Whether the group knows us now: one heartbeat more."""
        try:
            return bool(await self._subscriber.consumer._coordinator._do_heartbeat())
        except KafkaError:
            return False

    def seek(self, offsets: Mapping[Position, int]) -> None:
        """Read on from these offsets, where the partition is still ours."""
        for position in offsets.keys() & self.held:
            self._subscriber.consumer.seek(TopicPartition(*position), offsets[position])

    def pause(self, positions: Collection[Position] | None = None) -> None:
        """Ask for nothing more, or for nothing more of these."""
        if held := self.held if positions is None else self.held.intersection(positions):
            self._subscriber.consumer.pause(*(TopicPartition(*position) for position in held))

    def resume(self, positions: Collection[Position]) -> None:
        """Ask for more of these again, where the partition is still ours."""
        if held := self.held.intersection(positions):
            self._subscriber.consumer.resume(*(TopicPartition(*position) for position in held))

    def end_of(self, position: Position) -> int | None:
        """The end of the partition's log when we last fetched from it."""
        end: int | None = self._subscriber.consumer.highwater(TopicPartition(*position))
        return end

    async def commit(self, offsets: Mapping[Position, int]) -> None:
        """Tell Kafka where we are. It is advice: that it fails is said and no more."""
        held = {TopicPartition(*position): offsets[position] for position in offsets.keys() & self.held}
        if not held:
            return
        try:
            await self._subscriber.consumer.commit(held)
        except KafkaError as error:
            log.info("advisory_commit_failed", cause=type(error).__name__)
