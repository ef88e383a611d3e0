"""Shows how far a rebuild is."""

import asyncio
import time

from rich.console import Console
from rich.live import Live
from rich.text import Text

from outcomes_service.projections.building import Database
from outcomes_service.projections.rebuild_progress import Progress, of_all
from outcomes_service.projections.rebuilding import LIVE, LOADING

_LOOK_SECONDS = 0.5


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
