"""kill -9 of any service, at any time."""

from random import Random
from typing import Final

from recovery.nursery import SERVICES
from recovery.row import Injected, Row
from recovery.world import World

_LONGEST_PAUSE: Final = 0.4


def run(world: World, chance: Random, times: int) -> Injected:
    """Kill whichever, and the next soon after, whether or not the first has come back."""
    injected = Injected()
    with world.load():
        for _ in range(times):
            service, pause = chance.choice(SERVICES), chance.uniform(0, _LONGEST_PAUSE)
            life = world.lives.kill(service)
            world.note(f"killed {service}, process {life.pid}; then {pause:.3f} s")
            injected.faults["killed"] += 1
            world.rest(pause)
    return injected


ROW = Row("kill-at-random", "kill -9 of any service at any time", run, short=8, long=30)
