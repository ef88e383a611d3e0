"""What is measured of the outcomes service beside its loops and its figures: how far rebuilds are."""

from outcomes_service.projections import rebuild_progress
from outcomes_service.projections.rebuilding import LIVE
from servicekit.running import Running


async def rebuilds(running: Running) -> None:
    """How many rebuilds are under way, and how much they have read of what they have to read."""
    under_way = [told for told in await rebuild_progress.of_all(running.database) if told.state != LIVE]
    running.metrics.rebuilds.set(len(under_way))
    running.metrics.rebuild_records.set(sum(told.events for told in under_way))
    running.metrics.rebuild_read.set(sum(told.read for told in under_way))
