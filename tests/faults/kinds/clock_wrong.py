"""The clock of the process of notify is half a minute ahead."""

from faults.fault import Fault, Planted
from faults.system import System
from faults.telling import course


def _plant(system: System) -> Planted:
    system.start_anew("notify", "faults.planted.clock_ahead")
    system.partners["acme"].publish(*course())
    return Planted()


def _mend(system: System, _planted: Planted) -> None:
    """Its clock is mended."""
    system.start_anew("notify")


FAULT = Fault("clock-wrong", "A clock is wrong", "FootingClockWrong", "clock-wrong", _plant, _mend)
