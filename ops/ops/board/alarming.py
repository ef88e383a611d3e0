"""The alarms of a snapshot; one that was there before keeps its beginning."""

from collections.abc import Hashable, Sequence
from dataclasses import replace

from ops.alarms.alarm import Alarm, Picture
from ops.alarms.listing import alarms
from ops.board.lately import Lately
from ops.board.snapshot import Snapshot


def alarms_of(snapshot: Snapshot, before: Sequence[Alarm], lately: Lately) -> tuple[Alarm, ...]:
    """The alarms of this moment and of what was lately, the worst first."""
    began = {_key(alarm): alarm.since for alarm in before}
    services = [service.seen for service in snapshot.services]
    found = alarms(Picture(snapshot.at, snapshot.parts, services, snapshot.beside))
    found += [alarm for stack in snapshot.beside for alarm in lately.alarms(stack)]
    found.sort(key=lambda alarm: alarm.severity != "critical")
    return tuple(replace(alarm, since=alarm.since or began.get(_key(alarm)) or snapshot.at) for alarm in found)


def _key(alarm: Alarm) -> Hashable:
    """What makes it the same alarm: not its words, for they say how long it has been so."""
    return alarm.rule, frozenset(alarm.labels.items())
