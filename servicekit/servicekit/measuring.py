"""Works out what has to be asked of MongoDB and Kafka, when somebody asks for the metrics and not for every record.

At most every ten seconds, and whoever asks waits no longer than for a moment: what is slow is there the next time.
What is not known now stays as it was, with the time of which it is.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import pymongo
import structlog
from pymongo.errors import PyMongoError

from servicekit.clock import seconds_now
from servicekit.metrics import Metrics
from servicekit.runner import LoopRunner
from servicekit.standing import LoopStanding
from servicekit.tending import end

if TYPE_CHECKING:
    from servicekit.running import Running

Measure = Callable[["Running"], Awaitable[None]]

_FRESH_SECONDS: Final = 10.0
_PATIENCE_SECONDS: Final = 3.0  # of whoever asks for the metrics
_MONGO_SECONDS: Final = 5.0

log = structlog.get_logger()


class Measuring:
    """One question to all parts at a time."""

    def __init__(self) -> None:
        self._asking: asyncio.Task[None] | None = None
        self._asked_at = float("-inf")

    async def up_to_date(self, running: "Running") -> None:
        """Bring the gauges up to date, as far as it is known in a moment. Raises what is a bug."""
        for runner in running.runners.values():
            _tell_worker(runner)
        if self._asking is None or (self._asking.done() and seconds_now() - self._asked_at >= _FRESH_SECONDS):
            self._asking, self._asked_at = asyncio.create_task(ask(running)), seconds_now()
        await asyncio.wait((self._asking,), timeout=_PATIENCE_SECONDS)
        if self._asking.done():
            self._asking.result()

    async def close(self) -> None:
        """Ask for nothing more."""
        if self._asking is not None:
            await end(self._asking)


async def ask(running: "Running") -> None:
    """Ask for all of it now."""
    if not running.started:
        return
    standing = await running.lookout.standing()
    answers = await _answers(_of_mongo, running)
    _tell_part(running.metrics, "mongodb", answers, measured_at=datetime.now(UTC) if answers else None)
    if standing.at is not None:
        known = all(loop.seconds is not None for loop in standing.loops)
        kafka = all(loop.behind is not None for loop in standing.loops)
        _tell_part(running.metrics, "kafka", kafka, measured_at=standing.at if known else None)
    for loop in standing.loops:
        _tell_loop(running.metrics, loop)
    _tell_short(running, standing.loops)
    running.metrics.freshness.clear()  # what is not known is not shown
    for read_model, seconds in standing.read_models.items():
        if seconds is not None:
            running.metrics.freshness.labels(read_model).set(seconds)
    for measure in running.service.measures:
        await _answers(measure, running)


async def _answers(measure: Measure, running: "Running") -> bool:
    """Whether MongoDB said in time what is to be measured."""
    try:
        with pymongo.timeout(_MONGO_SECONDS):
            await measure(running)
    except PyMongoError as away:
        log.info("not_measured", cause=type(away).__name__)
        return False
    return True


async def _of_mongo(running: "Running") -> None:
    metrics, asked_at = running.metrics, datetime.now(UTC)
    told = await running.database.command("hello")
    metrics.clock_ahead.set(ahead(asked_at, told["localTime"].replace(tzinfo=UTC), datetime.now(UTC)))
    stored = await running.database.command("dbStats")
    metrics.disk_bytes.set(stored["fsTotalSize"])
    metrics.disk_used_bytes.set(stored["fsUsedSize"])
    metrics.database_bytes.set(stored["storageSize"] + stored["indexSize"])


def ahead(asked: datetime, theirs: datetime, answered: datetime) -> float:
    """By how much our clock is ahead of theirs; 0 as far as the way to them and back may explain it."""
    earliest, latest = (asked - theirs).total_seconds(), (answered - theirs).total_seconds()
    return 0.0 if earliest <= 0 <= latest else min(earliest, latest, key=abs)


def _tell_part(metrics: Metrics, part: str, answers: bool, measured_at: datetime | None) -> None:
    """Whether a part answers, and when it last said all that it was asked; None: it has not this time."""
    metrics.part_answers.labels(part).set(answers)
    if measured_at is not None:
        metrics.measured.labels(part).set(measured_at.timestamp())


def _tell_worker(runner: LoopRunner[Any, Any]) -> None:
    """What this process alone knows of itself."""
    metrics, loop, since = runner.metrics, runner.loop.name, runner.relay.stuck_since
    metrics.loop_ready.labels(loop).set(runner.trouble() is None)
    metrics.loop_paused.labels(loop).set(runner.paused is not None)
    metrics.outbox_seconds.labels(loop).set(0 if since is None else seconds_now() - since)


def _tell_loop(metrics: Metrics, loop: LoopStanding) -> None:
    """What was said of a loop by MongoDB, and by Kafka if it answered."""
    metrics.outbox_batches.labels(loop.loop).set(loop.outbox)
    metrics.waiting.labels(loop.loop).set(loop.waiting)
    metrics.parked.labels(loop.loop).set(sum(group.count for group in loop.parked))
    if loop.seconds is not None:
        metrics.lag_seconds.labels(loop.loop).set(loop.seconds)
    if loop.behind is None:
        return
    by_topic = Counter[str]()
    for lane in loop.lanes:
        by_topic[lane.topic] += lane.behind or 0
    for topic, records in by_topic.items():
        metrics.lag_records.labels(loop.loop, topic).set(records)


def _tell_short(running: "Running", loops: Iterable[LoopStanding]) -> None:
    """How much figures lack of what may be of each scheme. What is over is shown no more."""
    counts = running.service.read_models is not None
    gates = {loop.name for loop in running.service.loops if loop.hears.gate}
    short = Counter[tuple[str, str, str]]()
    for row in (row for loop in loops for row in loop.in_hand):
        if row.accepted and (row.loop in gates or not counts):
            continue  # it is counted: this loop needs it for something else
        for scheme in row.schemes or ("unknown",):
            short[scheme, row.event or "unknown", row.what] += row.count
    running.metrics.short.clear()
    for labels, count in short.items():
        running.metrics.short.labels(*labels).set(count)
