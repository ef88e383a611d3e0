"""What is measured of the outcomes service beside its loops: how far rebuilds are, and what live figures lack."""

from collections.abc import Awaitable, Callable

from outcomes_service.indicators.catalogue import Known
from outcomes_service.lacking import short_by
from outcomes_service.progress import Watch
from outcomes_service.projections import rebuild_progress
from outcomes_service.projections.rebuilding import LIVE
from servicekit.running import Running


async def rebuilds(running: Running) -> None:
    """How many rebuilds are under way, and how much they have read of what they have to read."""
    under_way = [told for told in await rebuild_progress.of_all(running.database) if told.state != LIVE]
    running.metrics.rebuilds.set(len(under_way))
    running.metrics.rebuild_records.set(sum(told.events for told in under_way))
    running.metrics.rebuild_read.set(sum(told.read for told in under_way))


def measures_short(known: Known, watch: Watch) -> Callable[[Running], Awaitable[None]]:
    """By how much each measure of each scheme may be short, of all that the gates that answer say."""

    async def measured(running: Running) -> None:
        short = short_by((await watch.progress(running)).lacking(), known)
        running.metrics.measures_short.clear()  # what is over is shown no more
        for labels, count in short.items():
            running.metrics.measures_short.labels(*labels).set(count)

    return measured
