"""Listens for one loop: takes partitions over, hands batches to the writer and what they announce to the relay."""

import asyncio
import gc
import time
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any, Final, Generic, TypeVar
from uuid import uuid4

import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.message import FAKE_CONSUMER
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError

from contracts.envelope import Record
from contracts.topics import CANONICAL_PARTITIONS
from servicekit.batch import BatchWriter, Written
from servicekit.documents import Document
from servicekit.fold import TooManyFailures
from servicekit.lanes import lane
from servicekit.ledger import Ledger, Raced
from servicekit.loop import Loop
from servicekit.metrics import Metrics
from servicekit.partners import Partners
from servicekit.relay import Relay
from servicekit.settings import ServiceSettings
from servicekit.tick import Tick

D = TypeVar("D", bound=Document)
K = TypeVar("K")

_DRAIN_SECONDS: Final = 5.0
_COMMIT_EVERY_SECONDS: Final = 1.0
_FULL_COLLECTION_EVERY: Final = 200  # batches; young garbage goes after each batch
_METADATA_MAX_AGE_MS: Final = 10_000  # a new partner's topic is read after at most so long
_MAX_POLL_INTERVAL_MS: Final = 3_600_000  # an outage of MongoDB is waited out in hand; it must not cost the seat
_PARTITION_FETCH_BYTES: Final = 1024 * 1024  # times the partitions assigned: the bound of what is held unread
_STUCK_SECONDS: Final = 60.0
_TICK_DOCUMENTS: Final = 500  # a transaction

log = structlog.get_logger()


class LoopRunner(ConsumerRebalanceListener, Generic[D, K]):  # type: ignore[misc]  # aiokafka has no types
    """One member of the loop's group. Nothing here assumes that it is the only one."""

    def __init__(
        self,
        service: str,
        loop: Loop[D, K],
        *,
        settings: ServiceSettings,
        database: AsyncDatabase[dict[str, Any]],
        partners: Partners,
        metrics: Metrics,
    ) -> None:
        self.loop, self.metrics = loop, metrics
        self.ledger = Ledger(database, loop.name, loop.collection, loop.document, owner=uuid4().hex)
        self.relay = Relay(settings.kafka_connection(), self.ledger.sent, metrics.announced.labels(loop.name).inc)
        self.writer = BatchWriter(loop, self.ledger, partners, lambda why: metrics.retries.labels(loop.name, why).inc())
        self.batch_lock = asyncio.Lock()
        self.stopped_because: str | None = None
        self._batches = 0
        self._busy_since: float | None = None
        self._committed_at = 0.0
        self._broker = KafkaBroker(
            settings.kafka_url,
            security=settings.kafka_security,
            metadata_max_age_ms=_METADATA_MAX_AGE_MS,
            consumer_only=True,
            allow_auto_create_topics=False,
            apply_types=False,
            logger=None,
            graceful_timeout=_DRAIN_SECONDS,
        )
        self._subscriber = self._broker.subscriber(
            pattern=loop.topics.replace("{", "{{").replace("}", "}}"),  # FastStream reads {name} as a parameter
            group_id=f"footing-{service}-{loop.name}",
            batch=True,
            max_records=settings.batch_records,
            batch_timeout_ms=settings.batch_timeout_ms,
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            partition_assignment_strategy=[RangePartitionAssignor],
            session_timeout_ms=settings.session_timeout_ms,
            heartbeat_interval_ms=max(300, settings.session_timeout_ms // 10),
            max_poll_interval_ms=_MAX_POLL_INTERVAL_MS,
            max_partition_fetch_bytes=_PARTITION_FETCH_BYTES,
            listener=self,
            parser=_parse,
            decoder=_decode,
        )
        self._subscriber(self._handle)

    # -- life -----------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Prepare the collections, start the relay, join the group."""
        await self.writer.surely(self.ledger.prepare)
        self.relay.start()
        await self._broker.start()

    async def stop(self) -> None:
        """Leave the group after the batch in hand; send what was committed; then end the relay."""
        self.writer.leaving = True
        await self._broker.stop()
        await self.relay.drained(_DRAIN_SECONDS)
        await self.relay.stop()
        await self.writer.close()

    def trouble(self) -> str | None:
        """Why the loop makes no progress, or None. Looks at progress, not at whether a process is there."""
        now = time.monotonic()
        if self.stopped_because:
            return self.stopped_because
        if self._subscriber.consumer is None or all(task.done() for task in self._subscriber.tasks):
            return "not listening"
        if self._busy_since is not None and now - self._busy_since > _STUCK_SECONDS:
            return "one batch has been in hand for more than a minute"
        if self.relay.stuck_since is not None and now - self.relay.stuck_since > _STUCK_SECONDS:
            return "nothing could be sent for more than a minute"
        return None

    @property
    def lanes(self) -> frozenset[int]:
        """The partitions of canonical topics that are ours: the lanes whose documents we see."""
        return frozenset(partition for topic, partition in self.writer.next if "." not in topic)

    # -- partitions come and go -----------------------------------------------------------------------------

    async def on_partitions_revoked(self, _revoked: set[TopicPartition]) -> None:
        """Let the batch in hand end or give up; send what was committed; the successor finds the rest."""
        self.writer.leaving = True
        async with self.batch_lock:
            await self.relay.drained(_DRAIN_SECONDS)
            self.writer.next = {}

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Claim the partitions, send everything that was left before anything of our own, start where MongoDB says."""
        async with self.batch_lock:
            await self.writer.claim([(tp.topic, tp.partition) for tp in assigned])
            await self._send_left()
            self.writer.leaving = False
            self._seek_all()
            log.info("took_over", loop=self.loop.name, partitions=len(assigned))

    async def _send_left(self) -> None:
        await self.relay.emptied()
        for batch in await self.writer.surely(self.ledger.left):
            await self.relay.send_surely(batch)

    def _seek_all(self) -> None:
        for tp, offset in self._offsets().items():
            self._subscriber.consumer.seek(tp, offset)  # type: ignore[union-attr]

    def _offsets(self) -> dict[TopicPartition, int]:
        """Our positions of those partitions that the consumer still holds."""
        held = self._subscriber.consumer.assignment() if self._subscriber.consumer else frozenset()
        places = {TopicPartition(*position): offset for position, offset in self.writer.next.items()}
        return {tp: offset for tp, offset in places.items() if tp in held}

    # -- a batch --------------------------------------------------------------------------------------------

    async def _handle(self, records: Sequence[Record]) -> None:
        """Write one batch and hand over what it announces."""
        async with self.batch_lock:
            if self.stopped_because:
                return
            started = self._busy_since = time.monotonic()
            expected = dict(self.writer.next)
            try:
                written = await self.writer.write(records)
            except TooManyFailures as failures:
                self._stop_listening(str(failures))
                return
            finally:
                self._busy_since = None
            if written is not None:
                self._say(written, time.monotonic() - started)
                await self.relay.put(written.out)
            elif self.writer.next != expected:  # a commit whose answer was lost had held: its outbox is still there
                await self._send_left()
                self._seek_all()
            self._collect_garbage()
        await self._commit_advisory()

    async def tick(self, tick: Tick[D, K], today: date) -> int:
        """Fold the documents of our lanes that are due; how many they were."""
        keys = [
            key
            for key in await self.ledger.due(tick.field, today)
            if lane(key.encode(), CANONICAL_PARTITIONS) in self.lanes
        ]
        for start in range(0, len(keys), _TICK_DOCUMENTS):
            async with self.batch_lock:
                try:
                    out = await self.writer.tick(
                        keys[start : start + _TICK_DOCUMENTS], lambda document, at: tick.due(document, today, at)
                    )
                except (Raced, PyMongoError) as error:  # the next tick finds them again
                    log.warning("tick_tries_again", loop=self.loop.name, cause=type(error).__name__)
                    return 0
                await self.relay.put(out)
        if keys:
            log.info("tick", loop=self.loop.name, documents=len(keys))
        return len(keys)

    def _stop_listening(self, because: str) -> None:
        """Stop rather than park everything: it is us, not them."""
        self.stopped_because = because
        log.error("loop_stopped", loop=self.loop.name, because=because)
        if self._subscriber.consumer is not None:
            self._subscriber.consumer.pause(*self._subscriber.consumer.assignment())

    def _say(self, written: Written[D], seconds: float) -> None:
        """The one line of a batch, and its numbers."""
        name = self.loop.name
        endings: Counter[str] = sum(written.folded.endings.values(), Counter())
        for ending, n in endings.items():
            self.metrics.handled.labels(name, ending).inc(n)
        self.metrics.batch_records.labels(name).observe(len(written.live))
        self.metrics.batch_seconds.labels(name).observe(seconds)
        refused = {"reasons": dict(written.folded.refused)} if written.folded.refused else {}
        log.info("batch", loop=name, records=len(written.live), ms=round(seconds * 1000), **endings, **refused)
        for parked in written.folded.parked:
            log.error("parked", loop=name, place=parked.record.place, cause=parked.cause)

    def measure(self) -> None:
        """Bring the gauges up to date, when somebody asks for the metrics."""
        self.metrics.outbox.labels(self.loop.name).set(self.relay.depth)
        behind: Counter[str] = Counter()
        for tp, offset in self._offsets().items():
            end = self._subscriber.consumer.highwater(tp)  # type: ignore[union-attr]
            behind[tp.topic.split(".")[0]] += max(
                0, (end or offset) - offset
            )  # inboxes together: no partner in a label
        for topic, records in behind.items():
            self.metrics.lag.labels(self.loop.name, topic).set(records)

    def _collect_garbage(self) -> None:
        """The collector is off (see `service`): young garbage goes once a batch's objects are released."""
        self._batches += 1
        gc.collect(2 if self._batches % _FULL_COLLECTION_EVERY == 0 else 0)

    async def _commit_advisory(self) -> None:
        """Tell Kafka where we are, once a second, for whoever looks with Kafka's own tools; MongoDB decides."""
        now = time.monotonic()
        if self.writer.leaving or now - self._committed_at < _COMMIT_EVERY_SECONDS:
            return
        self._committed_at = now
        try:
            await self._subscriber.consumer.commit(self._offsets())  # type: ignore[union-attr]
        except KafkaError as error:
            log.info("advisory_commit_failed", loop=self.loop.name, cause=type(error).__name__)


async def _parse(messages: Sequence[Any]) -> KafkaMessage:
    """Wrap a batch without looking into it: the stock parser dies on a header that is not UTF-8."""
    records = [Record(m.topic, m.partition, m.offset, m.key, m.value, tuple(m.headers)) for m in messages]
    return KafkaMessage(raw_message=tuple(messages), body=records, consumer=FAKE_CONSUMER)


async def _decode(message: KafkaMessage) -> Any:
    """The records as they are: the stock decoder guesses JSON."""
    return message.body
