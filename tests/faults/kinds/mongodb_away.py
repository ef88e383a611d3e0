"""MongoDB is killed, and comes back."""

from faults.fault import Fault, Planted
from faults.system import System
from faults.telling import course


def _plant(system: System) -> Planted:
    system.parts.mongo.kill()
    system.partners["acme"].publish(*course())
    return Planted()


FAULT = Fault("mongodb-away", "MongoDB is away", "FootingMongoAway", "mongodb-away", _plant)
