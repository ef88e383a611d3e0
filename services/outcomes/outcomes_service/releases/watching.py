"""Looks again and again whether the releases that everybody reads say what was known when they were drafted."""

from collections.abc import Awaitable, Callable
from functools import partial

from outcomes_service.breakdowns.answering import Breakdowns
from outcomes_service.indicators.catalogue import Known
from outcomes_service.releases.agreeing import differing, standing
from servicekit.running import Running


def watching(known: Known, breakdowns: Breakdowns, every_seconds: float) -> Callable[[Running], Awaitable[None]]:
    """A background task that shows how many do not: `footing_releases_wrong`."""

    async def watch_releases(running: Running) -> None:
        ask = partial(breakdowns.ask, running.database)
        while True:
            found = [await differing(running.database, known, ask, each) for each in await standing(running.database)]
            running.metrics.releases_wrong.set(sum(map(bool, found)))
            if not await running.sleep(every_seconds):
                return

    return watch_releases
