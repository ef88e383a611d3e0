"""The only broker is killed and started again on its data, at once or after a while."""

import time
from random import Random
from typing import TYPE_CHECKING, Final

from recovery.parts.storms import no_storm, parts_of, until_progress
from recovery.row import Injected, Row

if TYPE_CHECKING:
    from recovery.world import World

_SECONDS: Final = (1.0, 0.0, 20.0)  # longer than a session; nothing else may depend on how long it is away


def run(world: "World", _chance: Random, times: int) -> Injected:
    """Kill it while events come in, start it, wait until the services are ready."""
    injected, broker = Injected(), parts_of(world).kafka
    with world.load(rate=100):
        for number in range(times):
            seconds = _SECONDS[number % len(_SECONDS)]
            with no_storm(world, injected):
                broker.kill()
                time.sleep(seconds)  # the length of the outage is the fault itself
                broker.start()
                broker.await_ready()
                until_progress(world)
            world.note(f"broker killed for {seconds:.0f} s")
            injected.faults["broker killed"] += 1
    return injected


ROW = Row("kafka-killed", "broker killed and restarted", run, short=1, long=2)
