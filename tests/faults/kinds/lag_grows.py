"""A release of the case service is slow: its gate takes two seconds a record, and falls behind."""

from faults.fault import Fault, Planted
from faults.system import System
from faults.telling import course


def _plant(system: System) -> Planted:
    system.start_anew("case", "faults.planted.slow")
    system.partners["acme"].publish(*course())
    return Planted()


def _mend(system: System, _planted: Planted) -> None:
    """It handles less than it did: back to the release before."""
    system.start_anew("case")


FAULT = Fault("lag-grows", "Lag grows", "FootingLagGrows", "lag-grows", _plant, _mend)
