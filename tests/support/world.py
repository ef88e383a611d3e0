"""A registered partner and services as processes, on real Kafka and MongoDB, under names of one test alone."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import httpx
import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase

from contracts import codec
from contracts.envelope import Event, Record
from contracts.receipt import is_receipt
from contracts.topics import GATES, inbox, receipts
from ops.localstack import ports
from servicekit import topics
from servicekit.partners import Partner
from servicekit.settings import ServiceSettings
from support import warm
from support.waiting import PATIENCE_SECONDS, until


@dataclass
class World:
    """What a test does from outside: publish, read topics, look into a database, run a service."""

    settings: ServiceSettings
    client: AsyncMongoClient[dict[str, Any]]
    producer: AIOKafkaProducer
    partner: str
    logs: Path

    def database(self, service: str) -> AsyncDatabase[dict[str, Any]]:
        """A service's database."""
        return self.client[self.settings.database_prefix + service]

    async def say(self, event: Event[Any]) -> None:
        """The partner publishes to its inbox."""
        record = codec.encode(replace(self._ours(event), accepted_at=None, sequence=None))
        await self._send(record._replace(topic=inbox(self.partner, record.topic)))

    async def announce(self, event: Event[Any]) -> None:
        """A gate that does not run in this test accepted it."""
        await self._send(
            codec.encode(replace(event, partner=self.partner, source=f"urn:footing:partner:{self.partner}"))
        )

    def _ours(self, event: Event[Any]) -> Event[Any]:
        return replace(event, partner=self.partner, source=f"urn:footing:partner:{self.partner}")

    async def _send(self, record: Record) -> None:
        await self.producer.send_and_wait(record.topic, record.value, key=record.key, headers=list(record.headers))

    async def accepted(self, topic: str, subject: str, count: int) -> list[Event[Any]]:
        """The first so many events about the subject on a canonical topic."""
        found: list[Event[Any]] = []
        async for record in self._records(topic):
            if record.key == subject.encode():
                event = codec.decode_canonical(record)
                assert isinstance(event, Event), event
                found.append(event)
            if len(found) == count:
                break
        return found

    async def fates(self, count: int, of: Collection[str] = ()) -> list[tuple[str, str]]:
        """The first so many (event id, fate or reason) that the partner was told, of these events or of any."""
        told: list[tuple[str, str]] = []
        async for record in self._records(receipts(self.partner)):
            if not is_receipt(record.headers):
                continue
            receipt = msgspec.json.decode(record.value or b"")
            if not of or receipt["event_id"] in of:
                told.append((receipt["event_id"], receipt.get("reason") or receipt["fate"]))
            if len(told) == count:
                break
        return told

    async def _records(self, topic: str) -> AsyncIterator[Record]:
        consumer = AIOKafkaConsumer(
            topic, **self.settings.kafka_connection(), auto_offset_reset="earliest", group_id=None
        )
        await consumer.start()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while True:
                    m = await consumer.getone()
                    yield Record(m.topic, m.partition, m.offset, m.key, m.value, tuple(m.headers))
        finally:
            await consumer.stop()

    async def until(self, holds: Callable[[], Awaitable[Any]]) -> Any:
        """Wait for the condition and give what it gave; the test fails if it does not come about."""
        return await until(holds)

    @asynccontextmanager
    async def running(self, service: str, **settings: str) -> AsyncIterator[str]:
        """The service as a process until the block ends; its address, once it is ready. It must end gracefully."""
        port = ports.take(None, None, service)
        environment = os.environ | {
            "KAFKA_URL": self.settings.kafka_url,
            "MONGO_URL": self.settings.mongo_url,
            "DATABASE_PREFIX": self.settings.database_prefix,
            "HTTP_PORT": str(port),
            "LIVE_WITHOUT_SIGN_IN": "true",
            **settings,
        }
        log = self.logs / f"{service}.log"
        process = warm.start(service, environment, log)
        try:
            await self._until_ready(process, port, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            await self.until(lambda: _has_ended(process))
        assert process.exitcode == 0, tail(log)

    async def _until_ready(self, process: BaseProcess, port: int, log: Path) -> None:
        async with httpx.AsyncClient() as http:

            async def ready() -> bool:
                assert process.is_alive(), tail(log)
                try:
                    return (await http.get(f"http://127.0.0.1:{port}/health/ready")).status_code == 200
                except httpx.TransportError:
                    return False

            await self.until(ready)


async def _has_ended(process: BaseProcess) -> bool:
    return not process.is_alive()


def tail(log: Path) -> str:
    """The end of a log, for the message of a test that failed."""
    return log.read_text()[-3000:]


@asynccontextmanager
async def made(kafka_url: str, mongo_url: str, names: Any, logs: Path, schemes: frozenset[str]) -> AsyncIterator[World]:
    """A world with one partner of these schemes that may publish everything. Its databases go with it."""
    settings = ServiceSettings(
        kafka_url=kafka_url, mongo_url=mongo_url, http_port=0, database_prefix=f"{names.prefix}_"
    )
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(**settings.mongo_connection())
    name = names.prefix
    events = frozenset({*GATES, "permission-given", "permission-withdrawn"} - {"permissions"})
    await topics.ensure_canonical(settings.kafka_connection())
    inboxes = [inbox(name, topic) for topic in GATES]
    await topics.ensure_partner(settings.kafka_connection(), receipts(name), inboxes)
    partner = Partner(name=name, number=1, schemes=schemes, events=events)
    await client[settings.database_prefix + "registry"]["partners"].insert_one(msgspec.to_builtins(partner))
    producer = AIOKafkaProducer(**settings.kafka_connection(), acks="all")
    await producer.start()
    try:
        yield World(settings, client, producer, name, logs)
    finally:
        await producer.stop()
        for service in ("registry", "referral", "case", "outcomes", "notify", "door"):
            await client.drop_database(settings.database_prefix + service)
        await client.close()
