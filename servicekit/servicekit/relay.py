"""Sends what was committed, in the order of commits, and forgets it once Kafka has it. It may repeat, never skip.

What other workers committed earlier and have not sent appears first: a moment is given to their relays, then ours
sends it. So the events of a referral first appear in order, whichever workers accepted them.
"""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Any, Final, Protocol

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError
from pymongo.errors import PyMongoError

from contracts.topics import RECEIPT_PARTITIONS
from servicekit import topics
from servicekit.outbox import Sendable
from servicekit.outgoing import Outgoing
from servicekit.producing import open_producer
from servicekit.tending import end

_QUEUE: Final = 4  # batches committed and not yet sent: more would only hide that Kafka is slow
_BATCH_BYTES: Final = 128 * 1024
_LONGEST_PAUSE_SECONDS: Final = 5.0
_CLOSE_SECONDS: Final = 5.0
_LOOKS_SECONDS: Final = (0.002, 0.004, 0.008, 0.016, 0.03, 0.06, 0.08)  # 0.2 in all: then the other is held up

log = structlog.get_logger()


class Outbox(Protocol):
    """What a relay needs of the outbox."""

    async def left(self) -> list[Sendable]:
        """What may not have been sent, by whomever, in an order in which it may appear."""
        ...

    async def is_left(self, ids: Sequence[str]) -> bool:
        """Whether any of these may not have been sent."""
        ...

    async def sent(self, ids: Sequence[str]) -> None:
        """Kafka has these."""
        ...


class Relay:
    """One producer and one queue. `count` hears how many records were sent.

    `stuck_since`: when the sending of the batch in hand began.
    """

    def __init__(
        self,
        kafka: dict[str, Any],
        outbox: Outbox,
        count: Callable[[int], None],
        *,
        replication: int = 1,
    ) -> None:
        self._kafka, self._outbox, self._count, self._replication = kafka, outbox, count, replication
        self._queue: asyncio.Queue[Sendable] = asyncio.Queue(_QUEUE)
        self._producer: AIOKafkaProducer | None = None
        self._task: asyncio.Task[None] | None = None
        self._sending = asyncio.Lock()
        self.stuck_since: float | None = None

    def start(self) -> None:
        """Begin to send; asked again it goes on."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="relay")

    async def stop(self) -> None:
        """End. What was not sent stays in the outbox for the next owner. Drain first to leave nothing."""
        if self._task is not None:
            await end(self._task)
        try:
            await asyncio.wait_for(self._close(), _CLOSE_SECONDS)
        except TimeoutError:
            log.info("relay_not_closed")  # an idempotent producer holds on to what it has as long as Kafka is away

    @property
    def ended(self) -> bool:
        """Whether a bug ended it: what is committed is not sent any more."""
        return self._task is not None and self._task.done()

    async def put(self, batches: Sequence[Sendable]) -> None:
        """Hand over committed batches; waits while too many are on their way."""
        for batch in batches:
            await self._queue.put(batch)

    async def emptied(self) -> None:
        """Wait until everything handed over is sent, however long Kafka is away."""
        await self._queue.join()

    async def drained(self, seconds: float) -> bool:
        """Wait until everything handed over is sent, at most so long."""
        try:
            await asyncio.wait_for(self.emptied(), seconds)
        except TimeoutError:
            return False
        return True

    @property
    def depth(self) -> int:
        """Batches not yet acknowledged."""
        return self._queue.qsize()

    async def send_surely(self, batch: Sendable) -> None:
        """Send one batch and forget it, trying again until it is done."""
        async with self._sending:
            pause = 0.05
            self.stuck_since = time.monotonic()  # the producer itself tries for ever, and says nothing
            while not await self._is_sent(batch):
                await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311  jitter
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
            self.stuck_since = None
            self._count(len(batch.records))

    async def _is_sent(self, batch: Sendable) -> bool:
        try:
            for one in [*await self._what_comes_first(batch), batch]:
                try:
                    await self._send(one.records)
                except UnknownTopicOrPartitionError:
                    await self._make_receipts(one.records)
                    return False
                await self._outbox.sent([one.id])
        except (KafkaError, PyMongoError, OSError) as error:
            log.warning("relay_tries_again", cause=type(error).__name__)
            await self._close()  # after an error the idempotent producer is out of sequence: a new one
            return False
        return True

    async def _what_comes_first(self, batch: Sendable) -> list[Sendable]:
        """What others committed before this batch and, for whatever reason, do not send."""
        if not batch.after:
            return []
        for pause in _LOOKS_SECONDS:
            if not await self._outbox.is_left(batch.after):
                return []
            await asyncio.sleep(pause)
        log.info("sends_for_others")
        return list(takewhile(lambda one: one.id != batch.id, await self._outbox.left()))

    async def _make_receipts(self, records: list[Outgoing]) -> None:
        """Make topics of receipts again that somebody deleted: one that is missing would hold up everybody's."""
        missing = {record.topic for record in records if record.topic.startswith("receipts.")}
        log.warning("receipts_made_again")
        await topics.ensure(
            self._kafka, dict.fromkeys(missing, (RECEIPT_PARTITIONS, topics.RECEIPTS)), replication=self._replication
        )
        await self._close()

    async def _run(self) -> None:
        while True:
            batch = await self._queue.get()
            await self.send_surely(batch)
            self._queue.task_done()

    async def _send(self, records: list[Outgoing]) -> None:
        """Pack the records a partition at a time, in order, and wait until all are acknowledged."""
        producer = await self._open()
        by_partition: defaultdict[tuple[str, int], list[Outgoing]] = defaultdict(list)
        for record in records:
            by_partition[record.topic, record.partition].append(record)
        acknowledged = await asyncio.gather(
            *(self._send_partition(producer, *place, part) for place, part in by_partition.items())
        )
        for futures in acknowledged:
            await asyncio.gather(*futures)

    async def _send_partition(
        self, producer: AIOKafkaProducer, topic: str, partition: int, records: list[Outgoing]
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

    async def _open(self) -> AIOKafkaProducer:
        if self._producer is None:
            self._producer = await open_producer(self._kafka, max_batch_size=_BATCH_BYTES)
        return self._producer

    async def _close(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                await producer.stop()
            except (KafkaError, OSError) as error:
                log.info("relay_closed", cause=type(error).__name__)
