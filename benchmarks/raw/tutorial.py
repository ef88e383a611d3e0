"""The handler that a FastStream tutorial gives: one message, one `update_one`, all else as it comes."""

import asyncio
from typing import Any

from faststream import FastStream
from faststream.kafka import KafkaBroker
from pydantic import BaseModel
from pymongo import AsyncMongoClient

from benchmarks.raw.settings import RawSettings

settings = RawSettings()
broker = KafkaBroker(settings.kafka_url)
app = FastStream(broker)
journeys = AsyncMongoClient[dict[str, Any]](settings.mongo_url)[settings.bench_database]["journeys"]


class Session(BaseModel):
    """What it reads of a session."""

    referral_id: str
    minutes: int


@broker.subscriber(
    settings.bench_pattern, group_id=settings.bench_group, auto_offset_reset="earliest", session_timeout_ms=2000
)
async def on_session(session: Session) -> None:
    """Count it."""
    await journeys.update_one({"_id": session.referral_id}, {"$inc": {"sessions": 1}}, upsert=True)


if __name__ == "__main__":
    asyncio.run(app.run())
