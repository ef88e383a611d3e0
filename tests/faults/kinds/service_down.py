"""The process of the case service ends, and nothing starts it again."""

from faults.fault import Fault, Planted
from faults.system import System
from faults.telling import course


def _plant(system: System) -> Planted:
    system.lives.end("case")
    system.partners["acme"].publish(*course())
    return Planted()


FAULT = Fault("service-down", "A service is down", "FootingServiceDown", "service-down", _plant)
