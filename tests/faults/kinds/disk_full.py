"""Somebody's copy fills MongoDB's disk, slowly enough to be measured, then to the last byte; it is removed."""

import httpx

from faults.fault import Fault, Planted
from faults.system import System
from faults.telling import course
from faults.waiting import until
from ops.alarms.gathering import gauges_in

_ALMOST = 0.97


def _plant(system: System) -> Planted:
    system.parts.mongo.fill(_ALMOST)
    until(lambda: _measured(system) > _ALMOST - 0.01, "a service has measured it")
    system.parts.mongo.fill(1.0)
    system.partners["acme"].publish(*course())
    return Planted()


def _measured(system: System) -> float:
    """How full the disk was when the case service looked last: a MongoDB that has ended says nothing any more."""
    try:
        gauges = gauges_in(httpx.get(f"{system.lives.url('case')}/metrics", timeout=10).text)
    except httpx.HTTPError:
        return 0.0
    used, size = (gauges.get(f"footing_mongo_disk_{name}bytes") for name in ("used_", ""))
    return used[0][1] / size[0][1] if used and size else 0.0


def _mend(system: System, _planted: Planted) -> None:
    """What is not ours goes first."""
    system.parts.mongo.filler.unlink()


FAULT = Fault("disk-full", "MongoDB's disk is full", "FootingDiskFull", "disk-filling", _plant, _mend)
