"""What is sent to Kafka or MongoDB vanishes, and nobody is told; connections look alive."""

import time
from random import Random
from typing import TYPE_CHECKING

from recovery.parts.storms import no_storm, parts_of, until_progress
from recovery.row import Injected, Row

if TYPE_CHECKING:
    from recovery.world import World


def run(world: "World", chance: Random, times: int) -> Injected:
    """A hole of some seconds. Every other time what stood before is forgotten: who waits there is never answered."""
    injected, sides = Injected(), parts_of(world).sides
    with world.load(rate=50):
        for number in range(times):
            side, seconds, forgotten = sorted(sides)[number % 2], chance.uniform(2, 5), number % 4 >= 2
            proxy = sides[side]
            with no_storm(world, injected):
                before = proxy.seen["swallowed"]
                proxy.swallow()
                time.sleep(seconds)  # the length of the outage is the fault itself
                swallowed = proxy.seen["swallowed"] - before
                proxy.heal(forgotten=forgotten)
                until_progress(world)
            how = "and forgotten" if forgotten else "and cut"
            world.note(f"{swallowed} frames of {side} swallowed in {seconds:.1f} s {how}")
            injected.faults[f"{side} black-holed"] += swallowed > 0
    return injected


ROW = Row("network-black-hole", "what is sent to Kafka or MongoDB vanishes", run, short=2, long=4)
