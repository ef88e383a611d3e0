"""Sends records that somebody waits for: each is acknowledged by Kafka, or known not to be, within a bounded time."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from contracts.envelope import Record
from servicekit.lanes import lane
from servicekit.producing import open_producer
from servicekit.tending import end

_CLOSE_SECONDS: Final = 2.0  # an idempotent producer holds on to what it has as long as Kafka is away
_MOST_SECONDS: Final = 5.0  # somebody waits for the answer; then it is known to be away
_BATCH_BYTES: Final = 512 * 1024  # half of what a topic takes: the sessions of a batch of 1,000 in one or two

log = structlog.get_logger()


class Publisher:
    """One idempotent producer, opened when needed; after an error it is out of sequence, and a new one is opened.

    A record alone goes with what others send at that moment; many are packed a partition at a time, at a third of the
    cost. Records come with their partition, or -1: that of their key.
    """

    def __init__(self, kafka: dict[str, Any]) -> None:
        self._kafka = kafka
        self._producer: AIOKafkaProducer | None = None
        self._opening = asyncio.Lock()
        self._ending: set[asyncio.Task[None]] = set()

    async def publish(self, records: Sequence[Record]) -> list[Record | None]:
        """Send in order and wait. Each record comes back with its partition and offset, or None: it was not taken.

        One that is None may still have been written, its answer lost: whoever sends it again makes a duplicate.
        """
        if not records:
            return []
        producer, sent, failure = None, list[_Sent](), None
        try:
            async with asyncio.timeout(_MOST_SECONDS):
                producer = await self._open()
                sent = await (_send(producer, records[0]) if len(records) == 1 else _pack(producer, records))
                for future in {each.future for each in sent}:
                    failure = await _failure(future) or failure
        except (KafkaError, OSError, TimeoutError) as error:
            failure = error
        if failure is not None:
            self._give_up(producer, failure)
        if not sent:
            return [None] * len(records)
        places = {each.future: _place(each.future) for each in sent}
        return [_placed(record, places[each.future], each.number) for record, each in zip(records, sent, strict=True)]

    async def close(self) -> None:
        """Send what is on its way, for some seconds, and close."""
        producer, self._producer = self._producer, None
        ending = {*self._ending} | ({asyncio.create_task(_stop(producer))} if producer is not None else set())
        if ending:
            _, left = await asyncio.wait(ending, timeout=_CLOSE_SECONDS)
            if left:
                log.info("publisher_not_closed")
                await end(*left)

    async def _open(self) -> AIOKafkaProducer:
        if self._producer is not None:  # as nearly always: the lock costs more than it
            return self._producer
        async with self._opening:
            if self._producer is None:
                self._producer = await open_producer(
                    self._kafka, request_timeout_ms=int(_MOST_SECONDS * 1000), max_batch_size=_BATCH_BYTES
                )
            return self._producer

    def _give_up(self, producer: AIOKafkaProducer | None, error: BaseException) -> None:
        """Close a producer that failed, once, however many calls met its failure; nobody waits for its end."""
        if producer is None or producer is not self._producer:
            return
        self._producer = None
        log.warning("publisher_opens_anew", cause=type(error).__name__)
        task = asyncio.create_task(_stop(producer))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)


class _Sent(NamedTuple):
    """The acknowledgement to come, and which of the records that it is for this is."""

    future: asyncio.Future[Any]
    number: int = 0


async def _send(producer: AIOKafkaProducer, record: Record) -> list[_Sent]:
    partition = _partition(record, await producer.partitions_for(record.topic))
    future = await producer.send(
        record.topic, record.value, key=record.key, partition=partition, headers=_headers(record)
    )
    return [_Sent(future)]


async def _pack(producer: AIOKafkaProducer, records: Sequence[Record]) -> list[_Sent]:
    there = {topic: await producer.partitions_for(topic) for topic in {record.topic for record in records}}
    places: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    for n, record in enumerate(records):
        places[record.topic, _partition(record, there[record.topic])].append(n)
    sent: dict[int, _Sent] = {}
    for part in await asyncio.gather(*(_fill(producer, *place, records, ns) for place, ns in places.items())):
        sent |= part
    return [sent[n] for n in range(len(records))]


async def _fill(
    producer: AIOKafkaProducer, topic: str, partition: int, records: Sequence[Record], ns: Sequence[int]
) -> dict[int, _Sent]:
    """These of the records, in order, in as few batches as hold them."""
    sent: dict[int, _Sent] = {}
    batch, held = producer.create_batch(), list[int]()
    for n in ns:
        if not _holds(batch, records[n]):
            sent |= await _submit(producer, batch, topic, partition, held)
            batch, held = producer.create_batch(), []
            _holds(batch, records[n])
        held.append(n)
    return sent | await _submit(producer, batch, topic, partition, held)


def _holds(batch: Any, record: Record) -> bool:
    """Whether it was added; the first always is."""
    fields = {"key": record.key, "value": record.value, "headers": _headers(record)}
    return batch.append(timestamp=None, **fields) is not None


async def _submit(
    producer: AIOKafkaProducer, batch: Any, topic: str, partition: int, held: Sequence[int]
) -> dict[int, _Sent]:
    future = await producer.send_batch(batch, topic, partition=partition)
    return {n: _Sent(future, number) for number, n in enumerate(held)}


def _headers(record: Record) -> list[tuple[str, bytes]]:
    return [(name, value or b"") for name, value in record.headers]


def _partition(record: Record, there: set[int]) -> int:
    return record.partition % len(there) if record.partition >= 0 else lane(record.key or b"", len(there))


async def _stop(producer: AIOKafkaProducer) -> None:
    try:
        await producer.stop()
    except KafkaError as error:
        log.info("publisher_closed", cause=type(error).__name__)


async def _failure(future: asyncio.Future[Any]) -> KafkaError | None:
    """Wait for the acknowledgement; why there is none."""
    try:
        await future
    except KafkaError as error:
        return error
    return None


def _place(future: asyncio.Future[Any]) -> tuple[int, int] | None:
    """Partition and offset, if it was acknowledged."""
    if not future.done() or future.cancelled() or future.exception() is not None:
        return None
    where = future.result()
    return where.partition, where.offset


def _placed(record: Record, place: tuple[int, int] | None, number: int) -> Record | None:
    if place is None:
        return None
    partition, offset = place
    return Record(record.topic, partition, offset + number, record.key, record.value, record.headers)
