"""Finds the alarms in a picture of how everything stands. Pure.

Where a rule looks at the same state the number beyond which it is an alarm is the rule's own. Prometheus waits for some
minutes whether it stays so (`for:`); here it is said at once, of what is so now.
"""

from collections.abc import Iterable, Iterator
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

_NOTHING: Final = Beside({}, None)


def alarms(picture: Picture) -> list[Alarm]:
    """All of them, the worst first; of the same kind in the order of the rules."""
    said = [part["stack"] for part in picture.parts] + [seen.installation for seen in picture.services]
    names = dict.fromkeys([*said, *picture.beside])
    found = [alarm for name in names for alarm in _of(name, picture)]
    order = list(rules())
    return sorted(found, key=lambda alarm: (alarm.severity != "critical", order.index(alarm.rule)))


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
    series = beside.gauges.get("notify", {}).get("footing_notifications_failing_seconds", ())
    longest = max((value for _, value in series), default=0.0)
    if longest > above("FootingNotifyFails"):
        what = f"Somebody could not be told what they are owed for {lasting(longest)}."
        yield raised("FootingNotifyFails", what, {"stack": stack}, picture.at - timedelta(seconds=longest))
