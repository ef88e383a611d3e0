"""What a work gives: the numbers of each run, and the medians that stand for them."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from benchmarks.bench import Bench, Parts
from benchmarks.child import Child, await_done, seconds
from benchmarks.usage import Usage, pids_of


@dataclass(frozen=True)
class Run:
    """One run of one side: how fast it was, and what each process used."""

    who: str
    events: int
    seconds: float
    cpu_seconds: dict[str, float]
    peak_mb: dict[str, float]

    @property
    def events_per_second(self) -> float:
        """How fast it was."""
        return self.events / self.seconds

    def as_json(self) -> dict[str, Any]:
        """As it stands in `build/bench.json`."""
        return {**asdict(self), "events_per_second": round(self.events_per_second)}


@dataclass(frozen=True)
class Result:
    """One work: what it must reach and what it reached, in numbers by name and in words."""

    work: str
    must: str
    reached: str
    numbers: dict[str, Any]
    runs: Sequence[dict[str, Any]] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """As it stands in `build/bench.json`."""
        return {"work": self.work, "must": self.must, "reached": self.reached, **self.numbers, "runs": list(self.runs)}


def measured(parts: Parts, who: str, children: Sequence[Child], *, handled: int, sent: int = 0) -> Run:
    """The run of children that are started already: wait until they have done so much between them, then end them."""
    with ExitStack() as ends:
        for child in children:
            ends.enter_context(child)
        for child in children:
            child.await_ready()
        names = ["worker"] if len(children) == 1 else [f"worker {n}" for n in range(1, len(children) + 1)]
        workers = {name: child.pid for name, child in zip(names, children, strict=True)}
        with Usage({**workers, **pids_of(parts.stack)}) as usage:
            await_done(children, handled=handled, sent=sent)
    return Run(who, handled, round(seconds(*children), 3), usage.cpu_seconds, usage.peak_mb)


def interleaved(bench: Bench, work: str, sides: Sequence[Callable[[str], Run]]) -> list[Run]:
    """Each side once, then each again, as often as wished; every run under a name of its own."""
    runs: list[Run] = []
    for n in range(1, bench.runs + 1):
        for side in sides:
            run = side(f"r{len(runs)}_")
            runs.append(run)
            cpu = ", ".join(f"{name} {used:.1f}" for name, used in run.cpu_seconds.items())
            bench.say(
                f"  {work} {n}/{bench.runs} {run.who}: {run.events_per_second:,.0f} events/s "
                f"in {run.seconds:.1f} s; CPU s: {cpu}"
            )
    return runs


def of(runs: Sequence[Run], who: str) -> list[Run]:
    """The runs of one side."""
    return [run for run in runs if run.who == who]


def speed(runs: Sequence[Run], who: str) -> float:
    """The median of one side's events a second."""
    return median(run.events_per_second for run in of(runs, who))


def ratio(runs: Sequence[Run], ours: str, theirs: str) -> float:
    """The median of the ratios of neighbours: what a busy machine does to one it does to the other."""
    pairs = zip(of(runs, ours), of(runs, theirs), strict=True)
    return round(median(a.events_per_second / b.events_per_second for a, b in pairs), 3)


def cpu(runs: Sequence[Run], who: str) -> dict[str, float]:
    """CPU seconds of each process, the median of one side's runs."""
    return medians([run.cpu_seconds for run in of(runs, who)])


def peak(runs: Sequence[Run], who: str) -> dict[str, float]:
    """Most resident megabytes of each process, the median of one side's runs."""
    return medians([run.peak_mb for run in of(runs, who)])


def against(work: str, must: str, runs: Sequence[Run], ours: str, theirs: str) -> Result:
    """The result of a work that compares two sides. `cpu_ratio` says less of waiting, and less of a busy machine."""
    used, used_theirs = cpu(runs, ours), cpu(runs, theirs)
    numbers = {
        "ratio": ratio(runs, ours, theirs),
        "cpu_ratio": round(sum(used_theirs.values()) / sum(used.values()), 3),
        "events_per_second": round(speed(runs, ours)),
        "events_per_second_theirs": round(speed(runs, theirs)),
        "cpu_seconds": used,
        "cpu_seconds_theirs": used_theirs,
        "peak_mb": peak(runs, ours),
        "peak_mb_theirs": peak(runs, theirs),
    }
    speeds = f"{numbers['events_per_second']:,} to {numbers['events_per_second_theirs']:,} events/s"
    reached = f"{numbers['ratio']} ({speeds}; by CPU {numbers['cpu_ratio']})"
    return Result(work, must, reached, numbers, [run.as_json() for run in runs])


def medians(runs: Sequence[dict[str, float]]) -> dict[str, float]:
    """The median of each name's numbers."""
    return {name: round(median(run[name] for run in runs if name in run), 2) for name in (runs[0] if runs else {})}
