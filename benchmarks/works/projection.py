"""The projector with all its guarantees and the live cells of all measures, against the raw limit."""

from benchmarks import stories
from benchmarks.bench import Bench, Parts
from benchmarks.outcome import Result, Run, against, interleaved, measured

_TOPICS = "^(referral-made|session-held|outcome-recorded)$"


def three(bench: Bench) -> Result:
    """Three events a referral."""
    return _projection(bench, "projection-3", 3, referrals=bench.size(30_000, 8_000))


def twenty(bench: Bench) -> Result:
    """Twenty events a referral."""
    return _projection(bench, "projection-20", 20, referrals=bench.size(4_500, 1_500))


def filled(parts: Parts, each: int, referrals: int) -> int:
    """The canonical topics filled with so many stories; how many events there are."""
    told = stories.journeys(each)
    return parts.fill(told.tell(told.referrals(referrals)))


def profile(bench: Bench, each: int, target: str) -> None:
    """One run of ours under cProfile."""
    with bench.parts() as parts:
        events = filled(parts, each, bench.size(30_000, 8_000) * 3 // each)
        child = parts.ours("outcomes", "projector", "profile_", {"BENCH_PROFILE": target})
        measured(parts, "ours", [child], handled=events)


def _projection(bench: Bench, work: str, each: int, referrals: int) -> Result:
    with bench.parts() as parts:
        events = filled(parts, each, referrals)
        bench.say(f"{work}: {events:,} events of {referrals:,} referrals")

        def ours(name: str) -> Run:
            child = parts.ours("outcomes", "projector", name)
            run = measured(parts, "ours", [child], handled=events)
            _assert_all(parts, f"{name}outcomes", "journeys_v1", events)
            parts.drop(name)
            return run

        def theirs(name: str) -> Run:
            child = parts.raw("projection", _TOPICS, name)
            run = measured(parts, "raw", [child], handled=events)
            _assert_all(parts, name, "journeys", events)
            parts.drop(name)
            return run

        runs = interleaved(bench, work, [ours, theirs])
    return against(work, "ratio 0.8, aim 1.0", runs, "ours", "raw")


def _assert_all(parts: Parts, database: str, collection: str, events: int) -> None:
    """Whoever is fast by leaving something out is not fast."""
    counted = parts.client[database][collection].aggregate(
        [{"$group": {"_id": None, "facts": {"$sum": {"$size": "$facts"}}}}]
    )
    facts = next(iter(counted), {"facts": 0})["facts"]
    if facts != events:
        raise AssertionError(f"{database}.{collection} has {facts} facts of {events} events")
