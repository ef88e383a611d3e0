"""Where the board looks: each source is asked by itself and in bounded time, so that none waits for another."""

import asyncio
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from pymongo import AsyncMongoClient

from contracts.topics import CANONICAL_PARTITIONS, CANONICAL_TOPICS, INBOX_PARTITIONS, inbox_parts
from ops import localstack
from ops.board.snapshot import TopicsNow
from ops.standing.asking import Installation
from ops.standing.parts import given, parts_of
from servicekit.clock import seconds_now

_MINUTE: Final = 60.0
_LEAST_SECONDS: Final = 5.0  # of less nothing can be said of a minute
_KAFKA_SECONDS: Final = 8.0
_KEPT: Final = 40


class Topics:
    """What comes on each topic, by where their logs end: it is known without MongoDB, and without any service."""

    def __init__(self, kafka: Mapping[str, Any]) -> None:
        self._kafka = kafka
        self._consumer: AIOKafkaConsumer | None = None
        self._past: deque[tuple[float, Mapping[str, int]]] = deque(maxlen=_KEPT)

    async def look(self) -> TopicsNow:
        """The inboxes and canonical topics, now. Raises KafkaError and TimeoutError."""
        try:
            async with asyncio.timeout(_KAFKA_SECONDS):
                ends = await self._ends()
        except (KafkaError, TimeoutError):
            await self.close()
            raise
        now = seconds_now()
        came = rates(self._past, now, ends)
        self._past.append((now, ends))
        return TopicsNow(datetime.now(UTC), came)

    async def _ends(self) -> dict[str, int]:
        if self._consumer is None:
            self._consumer = AIOKafkaConsumer(**self._kafka, group_id=None, enable_auto_commit=False)
            await self._consumer.start()
        there = {topic: _partitions(topic) for topic in await self._consumer.topics() if _partitions(topic)}
        places = [TopicPartition(topic, number) for topic, count in there.items() for number in range(count)]
        if set(places) != self._consumer.assignment():  # all at once: it would learn of topics one by one
            self._consumer.assign(places)
            self._consumer.pause(*places)
        ends = await self._consumer.end_offsets(places) if places else {}
        return {topic: sum(ends[TopicPartition(topic, number)] for number in range(n)) for topic, n in there.items()}

    async def close(self) -> None:
        """Let go of the connections."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await consumer.stop()


def rates(past: "deque[tuple[float, Mapping[str, int]]]", now: float, ends: Mapping[str, int]) -> dict[str, int | None]:
    """How many records a minute came on each topic, by the look before the last minute, or the first there is.

    A topic that was not there then is new: all that it holds came since.
    """
    before = next((one for one in reversed(past) if now - one[0] >= _MINUTE), past[0] if past else None)
    if before is None or now - before[0] < _LEAST_SECONDS:
        return dict.fromkeys(ends)
    share = min(1.0, _MINUTE / (now - before[0]))
    return {topic: round(share * (end - before[1].get(topic, 0))) for topic, end in ends.items()}


async def mongodb_answers(client: AsyncMongoClient[dict[str, Any]]) -> bool:
    """Whether MongoDB takes writes. Raises errors of the driver."""
    return bool((await client.admin.command("hello")).get("isWritablePrimary"))


async def parts_now(of: Installation, up: Mapping[str, bool]) -> list[dict[str, Any]]:
    """The parts of the stack, or, of those that run elsewhere, whether they answered (`up`, by `kafka`, `mongod`)."""
    stack = localstack.find(of.name)
    if stack is None or not stack.known.parts:
        return given(of.name, up)
    return await asyncio.to_thread(parts_of, [stack], [])


def _partitions(topic: str) -> int:
    if topic in CANONICAL_TOPICS:
        return CANONICAL_PARTITIONS
    return INBOX_PARTITIONS if inbox_parts(topic) else 0
