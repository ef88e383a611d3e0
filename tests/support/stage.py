"""A stage for tests of the mechanism: one partner and workers of the toy service, on real Kafka and MongoDB."""

import asyncio
import json
import os
import sys
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase

from servicekit import topics
from servicekit.assembling import loop_runner
from servicekit.loop import Loop
from servicekit.metrics import Metrics
from servicekit.partners import Partners
from servicekit.runner import LoopRunner
from servicekit.settings import ServiceSettings
from servicekit.survival import survive_bad_batches
from support import toy
from support.waiting import PATIENCE_SECONDS, until


@dataclass
class Stage:
    """One partner, one toy service of any number of workers, on real parts under names of this test alone."""

    settings: ServiceSettings
    database: AsyncDatabase[dict[str, Any]]
    partners: Partners
    producer: AIOKafkaProducer
    partner: str
    group: str
    runners: list[LoopRunner[Any, Any]] = field(default_factory=list)

    async def worker(self, loop: Loop[Any, Any] = toy.LOOP) -> LoopRunner[Any, Any]:
        """Start one more member of the loop's group."""
        runner = loop_runner(
            self.group,
            loop,
            settings=self.settings,
            database=self.database,
            partners=self.partners,
            metrics=Metrics(),
        )
        await runner.start()
        self.runners.append(runner)
        return runner

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs that joins in: `python -m support.toy_service`, or a command."""
        return {
            **os.environ,
            "KAFKA_URL": self.settings.kafka_url, "MONGO_URL": self.settings.mongo_url, "HTTP_PORT": "0",
            "DATABASE_PREFIX": self.database.name.removesuffix("toy"), "LOG_FORMAT": "json",
            "PYTHONPATH": os.pathsep.join(sys.path),
        }  # fmt: skip

    async def session(self, referral: str, *, partition: int | None = None, **changed: Any) -> str:
        """The partner publishes a session; its event id. A partition is named where another client chose it."""
        event_id = str(uuid.uuid4())
        said = toy.headers("session-held", referral, partner=self.partner, event_id=event_id)
        topic = f"inbox.{self.partner}.session-held"
        await self.producer.send_and_wait(
            topic, toy.session(referral, **changed), key=referral.encode(), headers=said, partition=partition
        )
        return event_id

    async def referral(self, referral: str) -> None:
        """The referral was accepted elsewhere."""
        said = toy.headers("referral-made", referral, partner=self.partner)
        said.append(("ce_acceptedtime", b"2025-03-01T12:00:00Z"))
        await self.producer.send_and_wait(
            "referral-made", toy.referral_made(referral), key=referral.encode(), headers=said
        )

    async def toy(self, referral: str) -> dict[str, Any]:
        return await self.database["toys"].find_one({"_id": referral}) or {}

    async def until(self, holds: Callable[[], Any]) -> None:
        """Wait for the condition; the test fails if it does not come about."""
        await until(holds)

    async def announced(self, referral: str, count: int) -> list[int]:
        """The versions of the referral that its first so many sessions on the canonical topic report."""
        consumer = AIOKafkaConsumer(
            "session-held", **self.settings.kafka_connection(), auto_offset_reset="earliest", group_id=None
        )
        await consumer.start()
        versions: list[int] = []
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while len(versions) < count:
                    record = await consumer.getone()
                    if record.key == referral.encode():
                        versions.append(int(dict(record.headers)["ce_sequence"]))
        finally:
            await consumer.stop()
        return versions

    async def receipts(self, count: int, fate: str | None = None) -> list[tuple[str, str]]:
        """The first so many (event id, fate) that the partner got, of one fate or of any."""
        consumer = AIOKafkaConsumer(
            f"receipts.{self.partner}", **self.settings.kafka_connection(), auto_offset_reset="earliest", group_id=None
        )
        await consumer.start()
        told: list[tuple[str, str]] = []
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while len(told) < count:
                    record = json.loads((await consumer.getone()).value)
                    if fate in (None, record["fate"]):
                        told.append((record["event_id"], record["fate"]))
        finally:
            await consumer.stop()
        return told


@pytest.fixture
async def stage(kafka_url: str, mongo_url: str, unique_names: Any) -> AsyncIterator[Stage]:
    survive_bad_batches()  # as every service does
    settings = ServiceSettings(kafka_url=kafka_url, mongo_url=mongo_url, http_port=0, session_timeout_ms=6000)
    partner = unique_names.prefix
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(**settings.mongo_connection())
    registry = client[unique_names.database("registry")]["partners"]
    await registry.insert_one({"_id": partner, "number": 1, "schemes": ["bridgend"], "events": ["session-held"]})
    await topics.ensure_canonical(settings.kafka_connection())
    await topics.ensure_partner(settings.kafka_connection(), f"receipts.{partner}", [f"inbox.{partner}.session-held"])
    producer = AIOKafkaProducer(**settings.kafka_connection(), acks="all")
    await producer.start()
    database = client[unique_names.database("toy")]
    ready = Stage(settings, database, Partners(registry), producer, partner, partner)
    yield ready
    for runner in ready.runners:
        await runner.stop()
    await producer.stop()
    for name in ("registry", "toy"):
        await client.drop_database(unique_names.database(name))
    await client.close()
