"""Every frame to and from Kafka and MongoDB is slow."""

import time
from random import Random
from typing import TYPE_CHECKING

from recovery.parts.storms import no_storm, parts_of
from recovery.row import Injected, Row

if TYPE_CHECKING:
    from recovery.world import World


def run(world: "World", chance: Random, times: int) -> Injected:
    """Some seconds in which each frame waits for a while, on one side and then on the other."""
    injected, sides = Injected(), parts_of(world).sides
    with world.load(rate=50):
        for number in range(times):
            side, delay, seconds = sorted(sides)[number % 2], chance.uniform(0.02, 0.3), chance.uniform(1, 3)
            proxy = sides[side]
            with no_storm(world, injected):
                before = proxy.seen["slowed"]
                proxy.slow(delay)
                time.sleep(seconds)  # the length of the fault
                slowed = proxy.seen["slowed"] - before
                proxy.heal()
            world.note(f"{slowed} frames of {side} waited {delay:.2f} s each")
            injected.faults[f"{side} slow"] += slowed > 0
    return injected


ROW = Row("network-slow", "Kafka or MongoDB slow", run, short=2, long=6)
