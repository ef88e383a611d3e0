"""How far a rebuild is, read from what it says of itself in MongoDB."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.text import Text

from outcomes_service.projections.building import Database
from outcomes_service.projections.rebuilding import LIVE, LOADING, REBUILDS

_LOOK_SECONDS = 0.5


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


async def shown(database: Database, console: Console) -> None:
    """Show how the rebuild goes on until it is cancelled: what is read, at what rate, how long it still takes."""
    began: tuple[float, int] | None = None
    with Live(console=console, refresh_per_second=4, transient=True) as live:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            told = await of_all(database)
            if not told or told[-1].state == LIVE:
                continue
            now = told[-1]
            began = began or (time.monotonic(), now.read)
            live.update(Text(_line(now, now.read - began[1], time.monotonic() - began[0])))


def _line(now: Progress, read: int, seconds: float) -> str:
    rate = read / seconds if seconds else 0.0
    said = f"{now.id} {now.state}: {now.read:,} of {now.events:,} events, {now.lanes} lanes loaded"
    if now.state == LOADING and rate:
        said += f", {rate:,.0f} events/s, {(now.events - now.read) / rate:,.0f} s left"
    return said
