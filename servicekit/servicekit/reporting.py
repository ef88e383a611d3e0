"""What is said of a batch: its one line in the log, and its numbers."""

import traceback
from collections import Counter
from pathlib import Path
from typing import Any

import structlog

from servicekit.batch import Written
from servicekit.metrics import Metrics

log = structlog.get_logger()


def say(written: Written[Any], loop: str, seconds: float, metrics: Metrics) -> None:
    """Count a committed batch and log it; a parked record has a line of its own. Never a value of an event."""
    endings: Counter[str] = sum(written.folded.endings.values(), Counter())
    for ending, n in endings.items():
        metrics.handled.labels(loop, ending).inc(n)
    metrics.batch_records.labels(loop).observe(len(written.live))
    metrics.batch_seconds.labels(loop).observe(seconds)
    refused = {"reasons": dict(written.folded.refused)} if written.folded.refused else {}
    log.info("batch", loop=loop, records=len(written.live), ms=round(seconds * 1000), **endings, **refused)
    for parked in written.folded.parked:
        log.error("parked", loop=loop, place=parked.record.place, cause=parked.cause)


def place_of(bug: BaseException) -> str:
    """File and line where it was raised; never its text, which may carry values."""
    frame = traceback.extract_tb(bug.__traceback__)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno}"
