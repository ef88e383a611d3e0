"""What is said of a batch: its one line in the log, and its numbers."""

from collections import Counter
from itertools import islice
from typing import Any, Final

import structlog

from servicekit.batch import Written
from servicekit.metrics import Metrics

_MOST_LINES: Final = 100  # a batch: whoever sends nothing but mistakes must not fill the disk; the batch has the sums

log = structlog.get_logger()


def say(written: Written[Any], loop: str, seconds: float, metrics: Metrics) -> None:
    """Count a committed batch and log it; what is refused or parked has lines of its own. Never a value of an event."""
    endings: Counter[str] = sum(written.folded.endings.values(), Counter())
    for ending, n in endings.items():
        metrics.handled.labels(loop, ending).inc(n)
    metrics.batch_records.labels(loop).observe(len(written.live))
    metrics.batch_seconds.labels(loop).observe(seconds)
    refused = {"reasons": dict(written.folded.refused)} if written.folded.refused else {}
    log.info("batch", loop=loop, records=len(written.live), ms=round(seconds * 1000), **endings, **refused)
    about = written.folded.about
    turned_away = ((place, said) for place, said in about.items() if "reason" in said)
    for place, said in islice(turned_away, _MOST_LINES):
        log.info("refused", loop=loop, place=place, **said)
    for parked in written.folded.parked:
        place = parked.record.place
        log.error("parked", loop=loop, place=place, cause=parked.cause, where=parked.where, **about.get(place, {}))
