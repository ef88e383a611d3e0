"""The resident memory of the outcomes service, both its loops, while it works off a million events. One run."""

import time
from collections.abc import Sequence
from statistics import linear_regression
from typing import Any, Final

from benchmarks.bench import Bench, Parts
from benchmarks.outcome import Result
from benchmarks.usage import Usage, pids_of
from benchmarks.works.projection import filled
from ops.services import start_services

_PREFIX: Final = "memory_"
_PATIENCE_SECONDS: Final = 1800.0
_LOOK_EVERY_SECONDS: Final = 0.5


def memory(bench: Bench) -> Result:
    """How much, and whether it grows in the second half."""
    with bench.parts() as parts:
        events = filled(parts, 3, bench.size(1_000_000, 30_000) // 3)
        bench.say(f"memory: {events:,} events")
        environment = {"DATABASE_PREFIX": _PREFIX}
        names = ("outcomes",)
        with start_services(parts.stack, names=names, environment=environment, say=lambda _: None) as services:
            pids = {"outcomes": services.pid("outcomes"), **pids_of(parts.stack)}
            started = time.monotonic()
            with Usage(pids) as usage:
                _work_off(bench, parts, events)
            seconds = time.monotonic() - started
    samples = usage.samples["outcomes"]
    numbers: dict[str, Any] = {
        "peak_mb": usage.peak_mb,
        "slope_mb_per_100000_events": _slope(samples[len(samples) // 2 :], events / 2),
        "events_per_second": round(events / seconds),
        "cpu_seconds": usage.cpu_seconds,
    }
    slope = numbers["slope_mb_per_100000_events"]
    reached = f"peak {usage.peak_mb['outcomes']:.0f} MB, {slope:+.1f} MB for 100,000 events in the second half"
    return Result(
        "memory", "flat, < 200 MB", reached, numbers, [{"samples_mb": samples[:: max(1, len(samples) // 100)]}]
    )


def _work_off(bench: Bench, parts: Parts, events: int) -> None:
    """Wait until the projector has all; with one look every half second."""
    positions = parts.client[f"{_PREFIX}outcomes"]["positions"]
    deadline, told = time.monotonic() + _PATIENCE_SECONDS, 0
    while (done := sum(row["next"] for row in positions.find({"loop": "projector"}))) < events:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{done:,} of {events:,} events after {_PATIENCE_SECONDS:.0f} seconds")
        if done >= told + events // 5:
            told = done
            bench.say(f"  memory: {done:,} events")
        time.sleep(_LOOK_EVERY_SECONDS)


def _slope(samples: Sequence[float], events: float) -> float:
    """Megabytes for each 100,000 events, by the straight line through the samples."""
    if len(samples) < 2:
        return 0.0
    line = linear_regression(range(len(samples)), samples)
    return round(line.slope * len(samples) * 100_000 / events, 2)
