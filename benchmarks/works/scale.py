"""What projecting costs as the read model grows: from 10,000 to 1,000,000 referrals, by one process and by two."""

import random
from collections.abc import Iterator
from itertools import cycle
from typing import Any, Final

from benchmarks import stories
from benchmarks.bench import Bench, Parts
from benchmarks.outcome import Result, Run, interleaved, measured, speed
from contracts import codec
from contracts.envelope import Event, Record
from outcomes_service.projections.building import JOURNEYS
from outcomes_service.projections.facts import fact_of
from outcomes_service.projections.lanes import journey_of
from servicekit.documents import to_stored

_READY: Final = "ready_"
_TOPIC: Final = "session-held"
_AT_ONCE: Final = 10_000
_BUILD_SECONDS: Final = 1800.0
_DIFFERENT: Final = 500

Stored = dict[str, Any]


def scale(bench: Bench) -> Result:
    """New sessions of referrals of which so many are known; as many sessions each time."""
    sizes = [2_000, 8_000] if bench.quick else [10_000, 100_000, 1_000_000]
    rates: dict[tuple[int, str], int] = {}
    runs: list[Stored] = []
    for size in sizes:
        found = _at(bench, size, bench.size(60_000, 6_000))
        runs += [{"referrals": size, **run.as_json()} for run in found]
        rates |= {(size, who): round(speed(found, who)) for who in ("one", "two")}
    told = "; ".join(f"{size:,}: {rates[size, 'one']:,} and {rates[size, 'two']:,}" for size in sizes)
    numbers: Stored = {
        "events_per_second": rates[sizes[-1], "one"],
        "ratio": round(rates[sizes[-1], "one"] / rates[sizes[0], "one"], 3),
        "ratio_of_two_processes": round(rates[sizes[-1], "two"] / rates[sizes[-1], "one"], 3),
        "curve": [{"referrals": size, "processes": who, "events_per_second": n} for (size, who), n in rates.items()],
    }
    return Result("scale", "nothing super-linear", f"events/s by one and by two processes at {told}", numbers, runs)


def _at(bench: Bench, size: int, sessions: int) -> list[Run]:
    with bench.parts({"group.initial.rebalance.delay.ms": "3000"}) as parts:  # both are there when it begins
        told = stories.referrals()
        referrals = told.referrals(size)
        _load(parts, referrals, told)
        with parts.ours("outcomes", "projector", _READY) as child:
            child.await_ready(_BUILD_SECONDS)  # it builds persons and cells of what is there
        chance = random.Random(size)
        some = [chance.choice(referrals) for _ in range(sessions)]
        parts.fill(record._replace(topic=_TOPIC) for record in stories.sessions(1).tell(some, ["scale"]))
        bench.say(f"scale: {sessions:,} sessions of {size:,} referrals")

        def side(who: str, workers: int, name: str) -> Run:
            parts.copy("outcomes", _READY, name)
            children = [parts.ours("outcomes", "projector", name) for _ in range(workers)]
            run = measured(parts, who, children, handled=sessions)
            parts.drop(name)
            return run

        sides = [lambda name: side("one", 1, name), lambda name: side("two", 2, name)]
        return interleaved(bench, f"scale {size:,}", sides)


def _load(parts: Parts, referrals: list[bytes], told: stories.Stories) -> None:
    """The journeys of these referrals as the projector would have written them, each with its one fact."""
    rows = parts.client[f"{_READY}outcomes"][JOURNEYS]
    models = [_journey(record) for record in told.tell(told.referrals(_DIFFERENT))]
    others = (identity.decode() for identity in _identities(told))
    for first in range(0, len(referrals), _AT_ONCE):
        ids = referrals[first : first + _AT_ONCE]
        new = [
            _named(model, referral.decode(), event, person)
            for model, referral, event, person in zip(cycle(models), ids, others, others, strict=False)
        ]
        rows.insert_many(new, ordered=False)


def _identities(told: stories.Stories) -> Iterator[bytes]:
    while True:
        yield from told.referrals(_AT_ONCE)


def _journey(record: Record) -> Stored:
    event = codec.decode_canonical(record)
    if not isinstance(event, Event):
        raise TypeError(f"no event: {event}")
    return to_stored(journey_of(event.subject, [fact_of(event, event.accepted_at or event.time)]))


def _named(model: Stored, referral: str, event: str, person: str) -> Stored:
    facts = [{**fact, "id": event, "person_ref": person} for fact in model["facts"]]
    return {**model, "_id": referral, "person_ref": person, "facts": facts}
