"""Kafka is killed with events in it that nobody has read, and comes back."""

from faults.fault import Fault, Planted
from faults.system import System
from faults.telling import course


def _plant(system: System) -> Planted:
    system.partners["acme"].publish(*course())
    system.parts.kafka.kill()
    return Planted()


FAULT = Fault("kafka-away", "Kafka is away", "FootingKafkaAway", "kafka-away", _plant)
