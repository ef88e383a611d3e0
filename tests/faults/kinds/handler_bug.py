"""A handler of the case service has a bug: what it is given is parked, until a release without the bug retries it."""

from faults.fault import Fault, Planted
from faults.system import System
from faults.telling import course, sessions_of

_OF_THE_PAGE = "0190a0b0-0000-7000-8000-000000000001"


def _plant(system: System) -> Planted:
    system.start_anew("case", "faults.planted.bug")
    said = course()
    system.partners["acme"].publish(*said)
    return Planted({_OF_THE_PAGE: sessions_of(said)[0].subject})


def _mend(system: System, _planted: Planted) -> None:
    """The mended release is deployed."""
    system.start_anew("case")


FAULT = Fault("handler-bug", "A handler has a bug", "FootingParked", "parked-group", _plant, _mend)
