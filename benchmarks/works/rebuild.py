"""`footing rebuild journeys` of a million events by two processes; `footing verify` of what came out, timed apart."""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks.bench import Bench, Parts
from benchmarks.outcome import Result, medians
from benchmarks.usage import Usage, pids_of
from benchmarks.works.projection import filled

_PREFIX: Final = "rebuild_"
_FOOTING: Final = str(Path(sys.executable).with_name("footing"))
_PATIENCE_SECONDS: Final = 3600.0


def rebuild(bench: Bench) -> Result:
    """Load and persons, which is what grows with the events; the whole command beside it."""
    with bench.parts() as parts:
        with parts.ours("outcomes", "projector", _PREFIX) as child:
            child.await_ready()  # it makes the read models, empty
        events = filled(parts, 3, bench.size(1_000_000, 30_000) // 3)
        bench.say(f"rebuild: {events:,} events")
        runs = [_run(bench, parts, events, number) for number in range(1, bench.runs + 1)]
        verified, seconds = _footing(parts, "verify", "--json")
        if verified["differences"] or verified["events"] != events:
            raise AssertionError(
                f"verify found {len(verified['differences'])} differences in {verified['events']} events"
            )
    numbers = {
        "events_per_second": round(median(run["events_per_second"] for run in runs)),
        "command_seconds": round(median(run["command_seconds"] for run in runs), 1),
        "verify_seconds": round(seconds, 1),
        "cpu_seconds": medians([run["cpu_seconds"] for run in runs]),
        "peak_mb": medians([run["peak_mb"] for run in runs]),
    }
    reached = (
        f"{numbers['events_per_second']:,} events/s; the whole command {numbers['command_seconds']} s, "
        f"verified in {numbers['verify_seconds']} s"
    )
    return Result("rebuild", "40,000 events/s, aim 90,000", reached, numbers, runs)


def _run(bench: Bench, parts: Parts, events: int, number: int) -> dict[str, Any]:
    before = _cpu_of_children()
    with Usage(pids_of(parts.stack)) as usage:
        said, seconds = _footing(parts, "rebuild", "journeys", "--drop-old", "--json")
    if said["events"] != events:
        raise AssertionError(f"{said['events']} events were rebuilt of {events}")
    took: dict[str, float] = said["seconds"]
    speed = round(events / (took["load"] + took["persons"]))
    told = ", ".join(f"{part} {each:.1f} s" for part, each in took.items())
    bench.say(f"  rebuild {number}/{bench.runs}: {speed:,} events/s ({told}; whole command {seconds:.1f} s)")
    return {
        "events_per_second": speed,
        "command_seconds": round(seconds, 2),
        "seconds": took,
        "cpu_seconds": {"footing": round(_cpu_of_children() - before, 2), **usage.cpu_seconds},
        "peak_mb": usage.peak_mb,
    }


def _footing(parts: Parts, *words: str) -> tuple[dict[str, Any], float]:
    """What the command says, and how long it took."""
    environment = {
        **os.environ,
        "KAFKA_URL": parts.stack.kafka_url,
        "MONGO_URL": parts.stack.mongo_url,
        "DATABASE_PREFIX": _PREFIX,
    }
    started = time.monotonic()
    done = subprocess.run(
        [_FOOTING, *words], env=environment, stdout=subprocess.PIPE, timeout=_PATIENCE_SECONDS, check=False
    )
    seconds = time.monotonic() - started
    start = done.stdout.find(b"{\n")  # lines of the log may stand before it
    if start < 0:
        raise RuntimeError(f"footing {' '.join(words)} ended with {done.returncode}")
    said: dict[str, Any] = json.loads(done.stdout[start:])
    return said, seconds


def _cpu_of_children() -> float:
    """CPU seconds of all processes that we started and that have ended, and of those that they started."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
