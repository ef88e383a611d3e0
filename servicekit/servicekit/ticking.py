"""Runs ticks: finds the documents of our lanes that are due, folds them, and sends what that announces."""

from datetime import date
from typing import Any, Final

import structlog
from pymongo.errors import PyMongoError

from contracts.topics import CANONICAL_PARTITIONS
from servicekit.endings import Accept, Ignore
from servicekit.hears import Moment
from servicekit.lanes import lane
from servicekit.ledger import Raced
from servicekit.positions import Fenced
from servicekit.runner import LoopRunner
from servicekit.tick import Tick
from servicekit.tried import place_of, tried

_DOCUMENTS: Final = 500  # a transaction

log = structlog.get_logger()


async def run_tick(runner: LoopRunner[Any, Any], tick: Tick[Any, Any], today: date) -> None:
    """Fold what is due today. What could not be written, or met a bug, is found again at the next tick."""

    def answer(document: Any, at: Moment[Any]) -> Accept[Any] | Ignore:
        answered = tried(tick.due, document, today, at)
        if isinstance(answered, Exception):
            log.error("tick_failed", loop=runner.loop.name, cause=type(answered).__name__, place=place_of(answered))
            runner.metrics.tick_failures.labels(runner.loop.name).inc()
            return Ignore()
        return answered

    due = await runner.ledger.due(tick.field, today)
    keys = [key for key in due if lane(key.encode(), CANONICAL_PARTITIONS) in runner.lanes]
    for start in range(0, len(keys), _DOCUMENTS):
        async with runner.batch_lock:
            if runner.is_held:
                return
            try:
                out = await runner.writer.tick(keys[start : start + _DOCUMENTS], answer)
            except (Fenced, Raced, PyMongoError) as error:
                log.warning("tick_tries_again", loop=runner.loop.name, cause=type(error).__name__)
                return
            await runner.relay.put(out)
    if keys:
        log.info("tick", loop=runner.loop.name, documents=len(keys))
