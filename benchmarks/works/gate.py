"""The gate of sessions, which carries most events: from four partners' inboxes to the canonical topic, with receipts.

The referrals were taken up before, as most are when their sessions come; each run starts on a copy of that.
"""

import asyncio
from typing import Final

from benchmarks import stories
from benchmarks.bench import PARTNERS, Bench, Parts
from benchmarks.outcome import Result, Run, against, interleaved, measured

_EACH: Final = 3
_INBOXES: Final = r"^inbox\.[a-z-]+\.session-held$"
_READY: Final = "ready_"


def gate(bench: Bench) -> Result:
    """One process against the raw limit."""
    with bench.parts() as parts:
        events = _prepared(bench, parts, bench.size(24_000, 7_000))
        bench.say(f"gate: {events:,} sessions, {_EACH} a referral, {stories.OPEN_AT_ONCE:,} referrals open at once")

        def ours(name: str) -> Run:
            return _ours(parts, "ours", name, events, workers=1)

        def theirs(name: str) -> Run:
            child = parts.raw("gate", _INBOXES, name)
            return measured(parts, "raw", [child], handled=events, sent=2 * events)

        runs = interleaved(bench, "gate", [ours, theirs])
    return against("gate", "ratio 0.4, aim 0.55", runs, "ours", "raw")


def two(bench: Bench) -> Result:
    """Two processes against one."""
    with bench.parts({"group.initial.rebalance.delay.ms": "3000"}) as parts:  # both are there when it begins
        events = _prepared(bench, parts, bench.size(24_000, 7_000))
        bench.say(f"gate-two: {events:,} sessions")
        sides = [
            lambda name: _ours(parts, "two", name, events, workers=2),
            lambda name: _ours(parts, "one", name, events, workers=1),
        ]
        runs = interleaved(bench, "gate-two", sides)
    return against("gate-two", "ratio 1.4", runs, "two", "one")


def profile(bench: Bench, target: str) -> None:
    """One run of ours under cProfile."""
    with bench.parts() as parts:
        events = _prepared(bench, parts, bench.size(24_000, 7_000))
        _ours(parts, "ours", "profile_", events, workers=1, profile=target)


def _prepared(bench: Bench, parts: Parts, count: int) -> int:
    """Referrals taken up under the prefix `ready_`, their sessions in the inboxes; how many these are."""
    asyncio.run(parts.register(_READY))
    told = stories.referrals()
    referrals = told.referrals(count)
    parts.fill(told.tell(referrals))
    with parts.ours("case", "gate", _READY) as child:
        child.await_handled(count)
    bench.say(f"  {count:,} referrals are taken up")
    return parts.fill(stories.sessions(_EACH).tell(referrals, PARTNERS))


def _ours(parts: Parts, who: str, name: str, events: int, *, workers: int, profile: str | None = None) -> Run:
    parts.copy("case", _READY, name)
    more = {"BENCH_PROFILE": profile} if profile else {}
    children = [parts.ours("case", "gate", name, more) for _ in range(workers)]
    run = measured(parts, who, children, handled=events, sent=2 * events)
    accepted = parts.client[f"{name}case"]["cases"].aggregate(
        [{"$group": {"_id": None, "sessions": {"$sum": {"$size": {"$ifNull": ["$sessions", []]}}}}}]
    )
    if (sessions := next(iter(accepted))["sessions"]) != events:
        raise AssertionError(f"{sessions} sessions were accepted of {events}")
    parts.drop(name)
    return run
