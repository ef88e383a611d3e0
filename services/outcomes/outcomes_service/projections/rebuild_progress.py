"""How far rebuilds are, read from what they say of themselves in MongoDB."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from outcomes_service.projections.rebuilding import REBUILDS, SILENT_FOR, UNFINISHED, Database


@dataclass(frozen=True, slots=True)
class Progress:
    """One rebuild: its `state`, how many events of how many are read, how many lanes are loaded."""

    id: str
    replaces: str
    state: str
    read: int
    events: int
    lanes: int
    documents: int
    parked: int


async def at_work(database: Database) -> str | None:
    """The rebuild at which a process is, if there is one."""
    query = {"state": {"$in": UNFINISHED}, "worker_seen_at": {"$gt": datetime.now(UTC) - SILENT_FOR}}
    found = await database[REBUILDS].find_one(query)
    return None if found is None else str(found["_id"])


async def of_all(database: Database) -> list[Progress]:
    """Every rebuild that is known, the latest last."""
    lanes: dict[str, list[Mapping[str, Any]]] = {}
    rebuilds: list[Mapping[str, Any]] = []
    async for stored in database[REBUILDS].find():
        if "lane" in stored:
            lanes.setdefault(stored["_id"].split("/")[0], []).append(stored)
        else:
            rebuilds.append(stored)
    rebuilds.sort(key=lambda stored: stored["begun_at"])
    return [_of(stored, lanes.get(stored["_id"], [])) for stored in rebuilds]


def _of(stored: Mapping[str, Any], lanes: list[Mapping[str, Any]]) -> Progress:
    read = sum(lane["events"] if lane["loaded"] else lane["read"] for lane in lanes)
    return Progress(
        stored["_id"], stored["replaces"]["journeys"], stored["state"], read, sum(lane["events"] for lane in lanes),
        sum(lane["loaded"] for lane in lanes), sum(lane.get("documents", 0) for lane in lanes),
        sum(lane.get("parked", 0) for lane in lanes),
    )  # fmt: skip
