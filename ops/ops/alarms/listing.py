"""Finds the alarms in a picture of how everything stands. Pure.

Where a rule looks at the same state the number beyond which it is an alarm is the rule's own. Prometheus waits for some
minutes whether it stays so (`for:`); here it is said at once, of what is so now.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Final

from ops.alarms.alarm import Alarm, Beside, Picture, raised
from ops.alarms.lacking import BEHIND, InHand, impact_of, is_counted
from ops.alarms.loops import of_service
from ops.alarms.partners import of_partners
from ops.alarms.parts import of_parts
from ops.alarms.rules import above, rules
from ops.alarms.words import lasting
from ops.standing.asking import Seen
from ops.standing.judging import Fault

_NOTHING: Final = Beside({}, None)


def alarms(picture: Picture) -> list[Alarm]:
    """All of them, the worst first; of the same kind in the order of the rules."""
    said = [part["stack"] for part in picture.parts] + [seen.installation for seen in picture.services]
    names = dict.fromkeys([*said, *picture.beside])
    found = [alarm for name in names for alarm in _of(name, picture)]
    order = list(rules())
    return sorted(found, key=lambda alarm: (alarm.severity != "critical", order.index(alarm.rule)))


def not_fine(faults: Iterable[Fault], found: Sequence[Alarm]) -> list[str]:
    """All that is not as it should be, a sentence each: faults, and what else is an alarm. A loop that is held is as
    operators want it.
    """
    known = list(faults)
    others = [
        alarm.what.removesuffix(".")
        for alarm in found
        if alarm.rule != "FootingLoopPaused" and not any(_says(alarm, fault) for fault in known)
    ]
    return [*(fault.words for fault in known), *others]


def unsaid(faults: Iterable[Fault], found: Sequence[Alarm]) -> list[str]:
    """The faults of which no alarm tells: not bad enough, or not for long enough, for a rule."""
    return [fault.words for fault in faults if not any(_says(alarm, fault) for alarm in found)]


def _says(alarm: Alarm, fault: Fault) -> bool:
    """Whether an alarm tells of this fault: of the same stack, and of the same service and loop where it names any."""
    of = {"stack": fault.stack, "job": fault.service, "loop": fault.loop}
    same = all(alarm.labels.get(name) in (None, said) for name, said in of.items() if said)
    return alarm.rule in fault.said_by and same


def _of(stack: str, picture: Picture) -> Iterator[Alarm]:
    """One installation: nothing of it does anything to the numbers of another."""
    services = [seen for seen in picture.services if seen.installation == stack]
    beside = picture.beside.get(stack, _NOTHING)
    lack = figures_lack(services)
    yield from of_parts(stack, [part for part in picture.parts if part["stack"] == stack], beside, lack)
    for seen in services:
        yield from of_service(seen, picture.at)
    yield from _of_figures(stack, services, lack)
    if beside.quiet is not None:
        yield from of_partners(stack, beside.quiet, picture.at, lack)
    yield from _of_notify(stack, beside, picture)
    yield from _of_releases(stack, beside)


def figures_lack(services: Iterable[Seen]) -> list[InHand]:
    """What the figures lack of all that the loops of these services have in hand."""
    rows = [(seen.service, row) for seen in services for loop in seen.loops or () for row in loop.in_hand]
    return [(service, row) for service, row in rows if not is_counted(service, row)]


def _of_figures(stack: str, services: Iterable[Seen], lack: list[InHand]) -> Iterator[Alarm]:
    for seen in services:
        if seen.standing is None or not seen.standing.read_models:
            continue
        ages = seen.standing.read_models
        if None in ages.values():
            what = f"{seen.service}: how old the live figures are is not known; a gate, or Kafka, does not say."
            yield raised("FootingFiguresAgeUnknown", what, {"stack": stack})
            continue
        oldest = max(age for age in ages.values() if age is not None)
        if oldest > above("FootingFiguresNotFresh"):
            names = ", ".join(ages)
            what = f"{names} lack what was accepted {lasting(oldest)} ago and since."
            since = seen.standing.at and seen.standing.at - timedelta(seconds=oldest)
            yield raised(
                "FootingFiguresNotFresh", what, {"stack": stack, "read_model": names}, since, impact_of(lack, BEHIND)
            )


def _of_notify(stack: str, beside: Beside, picture: Picture) -> Iterator[Alarm]:
    longest = _largest(beside, "notify", "footing_notifications_failing_seconds")
    if longest > above("FootingNotifyFails"):
        what = f"Somebody could not be told what they are owed for {lasting(longest)}."
        yield raised("FootingNotifyFails", what, {"stack": stack}, picture.at - timedelta(seconds=longest))


def _of_releases(stack: str, beside: Beside) -> Iterator[Alarm]:
    if wrong := _largest(beside, "outcomes", "footing_releases_wrong"):
        what = f"{wrong:,.0f} published releases do not say what was known when they were drafted."
        yield raised("FootingReleaseWrong", what, {"stack": stack})


def _largest(beside: Beside, service: str, gauge: str) -> float:
    return max((value for _, value in beside.gauges.get(service, {}).get(gauge, ())), default=0.0)
