"""Sends records that somebody waits for: each is acknowledged by Kafka, or known not to be, within a bounded time."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from contracts.envelope import Record
from servicekit.producing import open_producer

_MOST_SECONDS: Final = 5.0  # somebody waits for the answer; then it is known to be away

log = structlog.get_logger()


class Publisher:
    """One idempotent producer, opened when needed; after an error it is out of sequence, and a new one is opened."""

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
        try:
            async with asyncio.timeout(_MOST_SECONDS):
                producer = await self._open()
                sent = [await _send(producer, record) for record in records]
        except (KafkaError, OSError, TimeoutError) as error:
            self._give_up(self._producer, error)
            return [None] * len(records)
        await asyncio.wait(sent, timeout=_MOST_SECONDS)
        failures = [failure for future in sent if (failure := _failure(future)) is not None]
        if failures:
            self._give_up(producer, failures[0])
        return [_placed(record, future) for record, future in zip(records, sent, strict=True)]

    async def close(self) -> None:
        """Send what is on its way and close."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()
        await asyncio.gather(*self._ending)

    async def _open(self) -> AIOKafkaProducer:
        async with self._opening:
            if self._producer is None:
                self._producer = await open_producer(self._kafka, request_timeout_ms=int(_MOST_SECONDS * 1000))
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


async def _send(producer: AIOKafkaProducer, record: Record) -> asyncio.Future[Any]:
    headers = [(name, value or b"") for name, value in record.headers]
    future: asyncio.Future[Any] = await producer.send(record.topic, record.value, key=record.key, headers=headers)
    return future


async def _stop(producer: AIOKafkaProducer) -> None:
    try:
        await producer.stop()
    except KafkaError as error:
        log.info("publisher_closed", cause=type(error).__name__)


def _failure(future: asyncio.Future[Any]) -> BaseException | None:
    return future.exception() if future.done() else TimeoutError()


def _placed(record: Record, future: asyncio.Future[Any]) -> Record | None:
    if not future.done() or future.exception() is not None:
        return None
    where = future.result()
    return record._replace(partition=where.partition, offset=where.offset)
