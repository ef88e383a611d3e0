"""The faults, in the order in which they are walked."""

from typing import Final

from faults.fault import Fault
from faults.kinds import (
    bad_events,
    clock_wrong,
    consumer_stuck,
    disk_full,
    handler_bug,
    kafka_away,
    lag_grows,
    mongodb_away,
    partner_silent,
    rebuild_stuck,
    recipient_failing,
    release_wrong,
    service_down,
)

SEVEN: Final = (
    bad_events.FAULT,
    handler_bug.FAULT,
    mongodb_away.FAULT,
    partner_silent.FAULT,
    consumer_stuck.FAULT,
    disk_full.FAULT,
    release_wrong.FAULT,
)
"""Planted one at a time."""

GROUPS: Final[tuple[tuple[Fault, ...], ...]] = (
    *((fault,) for fault in SEVEN),
    (service_down.FAULT,),
    (kafka_away.FAULT,),
    (lag_grows.FAULT, rebuild_stuck.FAULT, clock_wrong.FAULT, recipient_failing.FAULT),
)
"""What is planted together: causes of the other runbooks that do not meet."""

FAULTS: Final = tuple(fault for group in GROUPS for fault in group)
