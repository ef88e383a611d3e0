"""Alarms of a service and of its loops."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from ops.alarms.alarm import Alarm, raised
from ops.alarms.lacking import BEHIND, PARKED, InHand, impact_of
from ops.alarms.rules import above
from ops.alarms.words import count, lasting
from ops.standing.asking import Seen
from ops.standing.judging import STANDS_STILL, lateness
from servicekit.standing import LoopStanding


def of_service(seen: Seen, at: datetime) -> Iterator[Alarm]:
    """Of the service itself, and of each of its loops."""
    labels = {"stack": seen.installation, "job": seen.service}
    rows = [(seen.service, row) for loop in seen.loops or () for row in loop.in_hand]
    if seen.standing is None and seen.url:
        moved = [loop.moved_at for loop in seen.loops or () if loop.moved_at]
        what = f"{seen.service} {seen.problem}."
        yield raised("FootingServiceDown", what, labels, max(moved, default=None), impact_of(rows, BEHIND))
    if seen.standing is not None:
        yield from _of_trouble(seen, labels, rows)
        knew = seen.standing.at
        if knew is not None and (at - knew).total_seconds() > above("FootingNotMeasured"):
            what = f"{seen.service} has not heard of MongoDB for {lasting((at - knew).total_seconds())}."
            yield raised("FootingNotMeasured", what, {**labels, "part": "mongodb"}, knew)
    for loop in seen.loops or ():
        yield from _of_loop(seen, loop, {**labels, "loop": loop.loop}, at)


def _of_trouble(seen: Seen, labels: dict[str, str], rows: Sequence[InHand]) -> Iterator[Alarm]:
    """What it says itself of why it is not ready: of a loop, or of something else of it."""
    names = {loop.loop for loop in seen.loops or ()}
    for name, why in seen.standing.why.items() if seen.standing else ():
        if name in names:
            of_loop = [(service, row) for service, row in rows if row.loop == name]
            what = f"{seen.service} {name} makes no progress, and says so itself: {why}."
            yield raised("FootingLoopStopped", what, {**labels, "loop": name}, None, impact_of(of_loop, BEHIND))
        else:
            yield raised(
                "FootingServiceDown",
                f"{seen.service} is not ready: {name}: {why}.",
                labels,
                None,
                impact_of(rows, BEHIND),
            )


def _of_loop(seen: Seen, loop: LoopStanding, labels: dict[str, str], at: datetime) -> Iterator[Alarm]:
    who, rows = f"{seen.service} {loop.loop}", [(seen.service, row) for row in loop.in_hand]
    if loop.paused:
        what = f"{who} is held by operators, and {count(loop.behind)} behind."
        yield raised("FootingLoopPaused", what, labels, loop.paused.since, impact_of(rows, BEHIND))
    elif loop.seconds is not None:
        still = lateness(loop.behind, loop.seconds, loop.moved_at) == STANDS_STILL
        stuck, grows = still and loop.seconds > above("FootingLoopStuck"), loop.seconds > above("FootingLagGrows")
        if stuck:
            what = f"{who} handles nothing, and its oldest record has been waiting for {lasting(loop.seconds)}."
            yield raised("FootingLoopStuck", what, labels, loop.oldest_at, impact_of(rows, BEHIND))
        elif grows:
            what = f"{who} is {lasting(loop.seconds)} behind, by {count(loop.behind)}, though it works."
            yield raised("FootingLagGrows", what, labels, loop.oldest_at, impact_of(rows, BEHIND))
    if loop.parked:
        records, first = sum(group.count for group in loop.parked), min(group.since for group in loop.parked)
        what = f"{who}: {count(records)} parked."
        yield raised("FootingParked", what, labels, first, impact_of(rows, PARKED))
    if loop.unsent_seconds > above("FootingOutboxStuck"):
        what = f"Kafka has not taken what {who} announces for {lasting(loop.unsent_seconds)}."
        yield raised("FootingOutboxStuck", what, labels, at - timedelta(seconds=loop.unsent_seconds))
