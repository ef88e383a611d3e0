"""How far rebuilds are, as it is measured: what is live is no work any more."""

from datetime import UTC, datetime
from typing import Any

from pymongo import AsyncMongoClient
from support.real_parts import UniqueNames

from outcomes_service.measuring import rebuilds
from outcomes_service.projections.rebuilding import REBUILDS
from servicekit.metrics import Metrics
from servicekit.partners import Partners
from servicekit.running import Running, Service
from servicekit.settings import ServiceSettings

BEGUN = {"begun_at": datetime(2025, 3, 3, tzinfo=UTC), "replaces": {"journeys": "journeys_v1"}}


async def test_only_rebuilds_under_way_are_measured(mongo_url: str, unique_names: UniqueNames) -> None:
    settings = ServiceSettings(kafka_url="127.0.0.1:1", mongo_url=mongo_url, http_port=0)
    async with AsyncMongoClient[dict[str, Any]](mongo_url) as client:
        database, metrics = client[unique_names.database("outcomes")], Metrics()
        running = Running(Service("outcomes", settings), client, database, Partners(database["partners"]), metrics)
        await database[REBUILDS].insert_many(
            [
                {"_id": "journeys_v2", "state": "live", **BEGUN},
                {"_id": "journeys_v2/0", "lane": 0, "loaded": True, "read": 70, "events": 70},
                {"_id": "journeys_v3", "state": "loading", **BEGUN},
                {"_id": "journeys_v3/0", "lane": 0, "loaded": True, "read": 25, "events": 40},
                {"_id": "journeys_v3/1", "lane": 1, "loaded": False, "read": 12, "events": 60},
            ]
        )
        await rebuilds(running)
        names = ("footing_rebuilds_running", "footing_rebuild_records", "footing_rebuild_read_records")
        assert [metrics.registry.get_sample_value(name) for name in names] == [1, 100, 52]
        await running.lookout.close()
        await client.drop_database(database.name)
