"""The projector of outcomes hangs with its first batch in hand: its process answers, and nothing is counted."""

from faults.fault import Fault, Planted
from faults.system import System
from faults.telling import course


def _plant(system: System) -> Planted:
    system.start_anew("outcomes", "faults.planted.stuck")
    system.partners["acme"].publish(*course())
    return Planted(
        {
            "--service case": "--service outcomes",
            "restart case": "restart outcomes",
            "http://127.0.0.1:8102": system.lives.url("outcomes"),
        }
    )


FAULT = Fault("consumer-stuck", "A consumer is stuck", "FootingLoopStuck", "loop-stopped", _plant)
