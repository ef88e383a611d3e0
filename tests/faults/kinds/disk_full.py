"""Somebody's copy fills MongoDB's disk to the last byte; it is removed."""

from faults.fault import Fault, Planted
from faults.system import System
from faults.telling import course


def _plant(system: System) -> Planted:
    system.parts.mongo.fill(1.0)
    system.partners["acme"].publish(*course())
    return Planted()


def _mend(system: System, _planted: Planted) -> None:
    """What is not ours goes first."""
    system.parts.mongo.filler.unlink()


FAULT = Fault("disk-full", "MongoDB's disk is full", "FootingDiskFull", "disk-filling", _plant, _mend)
