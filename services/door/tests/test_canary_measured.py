"""What the door's gauges say of the canary, as long as there is one."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from pymongo import AsyncMongoClient
from support.real_parts import UniqueNames

from door_service import canary
from servicekit.running import Running, Service, put_on_its_feet
from servicekit.settings import ServiceSettings

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SUCCESS = "footing_canary_last_success_timestamp_seconds"


@pytest.fixture
async def running(mongo_url: str, unique_names: UniqueNames) -> AsyncIterator[Running]:
    """A door to which a canary came through at noon."""
    settings = ServiceSettings(
        kafka_url="127.0.0.1:1", mongo_url=mongo_url, http_port=0, database_prefix=f"{unique_names.prefix}_"
    )
    running = put_on_its_feet(Service("door", settings))
    bird = {"_id": "bird", "number": 1, "schemes": ["canary"], "events": ["referral-made", "session-held"]}
    await running.registry.insert_one(bird)
    flight = {"_id": "last", "sent_at": NOON, "lost": None, "arrived_at": NOON, "trip_seconds": 0.4}
    await running.database[canary.FLIGHTS].insert_one(flight)
    yield running
    client: AsyncMongoClient[dict[str, object]] = running.client
    for name in (running.database.name, running.registry.database.name):
        await client.drop_database(name)
    await client.close()


def shown(running: Running) -> tuple[float | None, float | None]:
    said = running.metrics.registry.get_sample_value
    return said(SUCCESS), said("footing_canary_trip_seconds")


async def test_a_canary_that_is_sent_no_more_is_not_late_nor_is_the_first_of_another(running: Running) -> None:
    await running.partners.refresh([""])
    await canary._measure(running)
    assert shown(running) == (NOON.timestamp(), 0.4)

    await running.registry.update_one({"_id": "bird"}, {"$set": {"disabled": True}})
    await running.partners.refresh([""])
    await canary._measure(running)
    assert shown(running) == (None, None)
    assert await canary.last(running) is None

    await running.registry.update_one({"_id": "bird"}, {"$set": {"disabled": False}})
    await running.partners.refresh([""])
    await canary._measure(running)
    assert shown(running) == (None, None)
    await canary._put_down(running, canary.Canary(sent_at=NOON, arrived_at=NOON, trip_seconds=0.7))
    await canary._measure(running)
    assert shown(running) == (NOON.timestamp(), 0.7)
