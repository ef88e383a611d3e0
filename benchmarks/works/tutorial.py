"""The handler of a tutorial beside our projector on the same topic: its speed, and what ten kills do to each."""

import random
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from benchmarks import stories
from benchmarks.bench import Bench, Parts
from benchmarks.child import Child, Died, until
from benchmarks.outcome import Result, Run, against, interleaved, measured
from benchmarks.usage import Usage, pids_of
from outcomes_service.projections.building import JOURNEYS

_KILLS: Final = 10
_EACH: Final = 3
_TOPIC: Final = "session-held"
_QUIET_SECONDS: Final = 15.0  # longer than a group waits for a member that was killed
_AT_WORK_SECONDS: Final = 20.0
_LOOK_EVERY_SECONDS: Final = 0.02

Counts = Callable[[], Mapping[str, int]]


def tutorial(bench: Bench) -> Result:
    """Both count the sessions of each referral."""
    with bench.parts({"group.min.session.timeout.ms": "1000"}) as parts:
        told = stories.sessions(_EACH)
        referrals = told.referrals(bench.size(5_000, 700))
        events = parts.fill(record._replace(topic=_TOPIC) for record in told.tell(referrals, ["tutor"]))
        bench.say(f"tutorial: {events:,} sessions of {len(referrals):,} referrals")

        def ours(name: str) -> Run:
            return measured(parts, "ours", [_our_child(parts, name)], handled=events)

        def theirs(name: str) -> Run:
            return _theirs(parts, name, events)

        runs = interleaved(bench, "tutorial", [ours, theirs])
        told_ours, told_theirs = _our_counts(parts, "kills_"), _their_counts(parts, "kills")
        lost, doubled = _killed(parts, lambda: _our_child(parts, "kills_"), told_ours, referrals)
        bench.say(f"  tutorial, {_KILLS} kills, ours: {lost} lost, {doubled} doubled")
        lost_theirs, doubled_theirs = _killed(parts, lambda: _their_child(parts, "kills"), told_theirs, referrals)
        bench.say(f"  tutorial, {_KILLS} kills, theirs: {lost_theirs} lost, {doubled_theirs} doubled")
    result = against("tutorial", "beside it", runs, "ours", "tutorial")
    numbers = {
        **result.numbers,
        "lost": lost,
        "doubled": doubled,
        "lost_theirs": lost_theirs,
        "doubled_theirs": doubled_theirs,
    }
    said = f"ours lost {lost} and doubled {doubled}, the tutorial's lost {lost_theirs} and doubled {doubled_theirs}"
    return Result("tutorial", "", f"{result.reached}; {_KILLS} kills, {events:,} events: {said}", numbers, result.runs)


def _theirs(parts: Parts, name: str, events: int) -> Run:
    """It says nothing of itself: MongoDB counts its updates."""
    before = _updates(parts)
    with _their_child(parts, name) as child:
        until(lambda: _updates(parts) > before, every=_LOOK_EVERY_SECONDS)
        started = time.monotonic()
        with Usage({"worker": child.pid, **pids_of(parts.stack)}) as usage:
            until(lambda: _updates(parts) >= before + events, patience=600, every=_LOOK_EVERY_SECONDS)
            seconds = time.monotonic() - started
    return Run("tutorial", events, round(seconds, 3), usage.cpu_seconds, usage.peak_mb)


def _killed(parts: Parts, start: Callable[[], Child], counts: Counts, referrals: list[bytes]) -> tuple[int, int]:
    """Kill it ten times at random once it is at work, let it end; how many it lost, how many it doubled."""
    chance = random.Random(1)
    for _ in range(_KILLS):
        before, child = _updates(parts), start()
        _until_at_work(parts, child, before)
        time.sleep(chance.uniform(0.05, 0.8))
        child.kill()
    before = _updates(parts)
    with start() as child:
        _until_at_work(parts, child, before)
        _until_quiet(parts)
    told = counts()
    wrong = [told.get(referral.decode(), 0) - _EACH for referral in referrals]
    return sum(-n for n in wrong if n < 0), sum(n for n in wrong if n > 0)


def _until_at_work(parts: Parts, child: Child, before: int) -> None:
    """Ours says that it has its partitions; the other one writes, unless it thinks that nothing is left."""
    if child.module == "benchmarks.worker":
        child.await_ready()
        return
    with suppress(Died):
        until(lambda: _updates(parts) > before, patience=_AT_WORK_SECONDS, every=_LOOK_EVERY_SECONDS)


def _until_quiet(parts: Parts) -> None:
    last, since = _updates(parts), time.monotonic()
    while time.monotonic() - since < _QUIET_SECONDS:
        if (now := _updates(parts)) != last:
            last, since = now, time.monotonic()
        time.sleep(_LOOK_EVERY_SECONDS)


def _updates(parts: Parts) -> int:
    return int(parts.client.admin.command("serverStatus")["opcounters"]["update"])


def _our_child(parts: Parts, name: str) -> Child:
    return parts.ours("outcomes", "projector", name, {"SESSION_TIMEOUT_MS": "2000"})


def _their_child(parts: Parts, name: str) -> Child:
    return parts.raw("tutorial", _TOPIC, name)


def _our_counts(parts: Parts, prefix: str) -> Counts:
    """From the collection itself: the view shows referrals only, and of these only sessions are told."""
    return lambda: _sessions(parts, f"{prefix}outcomes", JOURNEYS)


def _their_counts(parts: Parts, database: str) -> Counts:
    return lambda: _sessions(parts, database, "journeys")


def _sessions(parts: Parts, database: str, collection: str) -> dict[str, int]:
    found: Any = parts.client[database][collection].find({}, {"sessions": 1})
    return {row["_id"]: row.get("sessions", 0) for row in found}
