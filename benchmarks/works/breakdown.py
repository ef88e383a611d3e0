"""Breakdowns of 100,000 journeys: how long one takes that nobody asked before, and one whose table is kept.

Before each cold question something is counted, as by any event, so that nothing that was read before is true any more.
"""

import asyncio
import time
from collections.abc import Iterable
from datetime import UTC, date, datetime
from statistics import median
from typing import Any, Final

import psutil
from pymongo import AsyncMongoClient

import schemes
from benchmarks import stories
from benchmarks.bench import Bench, Parts
from benchmarks.outcome import Result
from benchmarks.usage import Usage, pids_of
from outcomes_service.breakdowns.answering import Breakdowns, Database
from outcomes_service.breakdowns.question import Question
from outcomes_service.indicators.catalogue import Known
from outcomes_service.projections.building import prepare
from outcomes_service.projections.lanes import LaneFold, Slice
from outcomes_service.projections.roll_ups import Names
from outcomes_service.settings import OutcomesSettings
from schemes import register
from servicekit.documents import to_stored

_EVENTS: Final = 3
_AT_ONCE: Final = 5_000
_LAST: Final = date(2026, 11, 22)
_TICK_SECONDS: Final = 0.01
_MIDDLE: Final = datetime(2026, 7, 20, tzinfo=UTC)  # by then half of what was recorded at the end had been accepted


def _about(measure: str, *by: str, known_on: datetime | None = None) -> Question:
    return Question(measures=(measure,), by=by, as_of=_LAST, schemes=(stories.SCHEME,), known_on=known_on)


QUESTIONS: Final = {
    "start-rate by area and month": _about("start-rate", "area", "month"),
    "users by age and entry": _about("users", "age", "entry"),
    "returned by practice": _about("returned", "practice"),
    "left-with-plan by quarter": _about("left-with-plan", "quarter"),
    "returned by area, as known earlier": _about("returned", "area", known_on=_MIDDLE),
}


def breakdown(bench: Bench) -> Result:
    """Each question cold and kept, and the longest that the event loop had to wait meanwhile."""
    with bench.parts() as parts:
        count = bench.size(100_000, 10_000)
        runs, usage = asyncio.run(_measured(bench, parts, count))
    cold = {name: median(run["cold"] for run in runs if run["question"] == name) for name in QUESTIONS}
    kept = max(median(run["kept"] for run in runs if run["question"] == name) for name in QUESTIONS)
    numbers: dict[str, Any] = {
        "journeys": count,
        "cold_seconds": {name: round(seconds, 2) for name, seconds in cold.items()},
        "kept_seconds": round(kept, 3),
        "first_seconds": runs[0]["first"],
        "loop_waits_ms": max(run["loop_ms"] for run in runs),
        "cpu_seconds": usage.cpu_seconds,
        "peak_mb": usage.peak_mb,
    }
    reached = (
        f"cold {min(cold.values()):.1f} to {max(cold.values()):.1f} s of {count:,} journeys, kept {kept:.2f} s; "
        f"the event loop waits {numbers['loop_waits_ms']} ms at most"
    )
    return Result("breakdown", "2 s cold", reached, numbers, runs)


async def _measured(bench: Bench, parts: Parts, count: int) -> tuple[list[dict[str, Any]], Usage]:
    known = Known(schemes.load(), register.load())
    settings = OutcomesSettings(mongo_url=parts.stack.mongo_url, kafka_url=parts.stack.kafka_url)
    async with AsyncMongoClient[dict[str, Any]](**settings.mongo_connection()) as client:
        database = client["breakdown_outcomes"]
        names = await prepare(database, known)
        await _fill(database, names, count)
        bench.say(f"breakdown: {count:,} journeys of {_EVENTS} events")
        breakdowns, runs = Breakdowns(known, settings), list[dict[str, Any]]()
        try:
            first = await _seconds(breakdowns, database, next(iter(QUESTIONS.values())))  # the processes begin
            with Usage({**_children(), "asking": psutil.Process().pid, **pids_of(parts.stack)}) as usage:
                for number in range(bench.runs):
                    for name, question in QUESTIONS.items():
                        run = await _run(breakdowns, database, names, question)
                        runs.append({"question": name, "run": number, "first": round(first, 2), **run})
                        bench.say(f"  {name}: cold {run['cold']:.2f} s, kept {run['kept']:.3f} s")
        finally:
            await breakdowns.close()
    return runs, usage


async def _run(breakdowns: Breakdowns, database: Database, names: Names, question: Question) -> dict[str, Any]:
    await database[names.cells].update_one({"_id": "lane-0"}, {"$inc": {"writes": 1}})
    waits: list[float] = []
    ticking = asyncio.create_task(_tick(waits))
    cold = await _seconds(breakdowns, database, question)
    ticking.cancel()
    return {
        "cold": round(cold, 3),
        "kept": round(await _seconds(breakdowns, database, question), 4),
        "loop_ms": round(1000 * max(waits, default=0.0)),
    }


async def _seconds(breakdowns: Breakdowns, database: Database, question: Question) -> float:
    started = time.perf_counter()
    rows = await breakdowns.ask(database, question)
    if not any(row.values.n for row in rows):
        raise AssertionError("nothing was counted")
    return time.perf_counter() - started


async def _tick(waits: list[float]) -> None:
    """Keep how much later than it should each tick came."""
    while True:
        started = time.perf_counter()
        await asyncio.sleep(_TICK_SECONDS)
        waits.append(time.perf_counter() - started - _TICK_SECONDS)


async def _fill(database: Database, names: Names, count: int) -> None:
    told = stories.journeys(_EVENTS)
    for first in range(0, count, _AT_ONCE):
        lane = LaneFold()
        lane.take(told.tell(told.referrals(min(_AT_ONCE, count - first))), Slice())
        await database[names.journeys].insert_many(_stored(lane), ordered=False)


def _stored(lane: LaneFold) -> Iterable[dict[str, Any]]:
    return [to_stored(journey) for journey in lane.journeys()]


def _children() -> dict[str, int]:
    """The processes that read."""
    found = [each for each in psutil.Process().children() if "spawn_main" in " ".join(each.cmdline())]
    return {f"reading {number}": each.pid for number, each in enumerate(found, 1)}
