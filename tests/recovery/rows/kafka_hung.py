"""The only broker hangs: connections stand, nothing is answered, and when it wakes it takes everybody for gone."""

import time
from random import Random
from typing import TYPE_CHECKING

from recovery.parts.storms import no_storm, parts_of, until_progress
from recovery.row import Injected, Row

if TYPE_CHECKING:
    from recovery.world import World


def run(world: "World", chance: Random, times: int) -> Injected:
    """SIGSTOP it for longer than a session while events come in, SIGCONT, wait until they are worked off again."""
    injected, broker = Injected(), parts_of(world).kafka
    with world.load(rate=100):
        for _ in range(times):
            seconds = chance.uniform(2, 6)
            with no_storm(world, injected):
                broker.pause()
                time.sleep(seconds)  # the length of the outage is the fault itself
                broker.resume()
                until_progress(world)
            world.note(f"broker hung for {seconds:.1f} s")
            injected.faults["broker hung"] += 1
    return injected


ROW = Row("kafka-hung", "broker hung (SIGSTOP)", run, short=1, long=2)
