"""Whoever is told answers with errors; then their server is mended."""

from faults.fault import Fault, Planted
from faults.system import System
from faults.telling import course


def _plant(system: System) -> Planted:
    system.receiver.is_broken = True
    system.partners["acme"].publish(*course())
    return Planted()


def _mend(system: System, _planted: Planted) -> None:
    """Asked, they mend their server."""
    system.receiver.is_broken = False


FAULT = Fault(
    "recipient-failing", "A recipient cannot be told", "FootingNotifyFails", "notify-recipient-failing", _plant, _mend
)
