"""The only mongod is killed, is away for a while, and comes back on its data."""

import time
from random import Random
from typing import TYPE_CHECKING, Final

from recovery.parts.storms import no_storm, parts_of, until_progress
from recovery.row import Injected, Row

if TYPE_CHECKING:
    from recovery.world import World

_SECONDS: Final = (4.0, 60.0)  # an outage of a minute is for the long run


def run(world: "World", _chance: Random, times: int) -> Injected:
    """Kill it, leave it dead for so long while events come in, start it."""
    injected, mongod = Injected(), parts_of(world).mongo.all[0]
    with world.load(rate=50):
        for seconds in _SECONDS[:times]:
            with no_storm(world, injected):
                mongod.kill()
                world.note(f"mongod killed for {seconds:.0f} s")
                _wait(seconds)
                mongod.start()
                parts_of(world).mongo.await_whole()
                until_progress(world)
            injected.faults["mongod away"] += 1
    return injected


def _wait(seconds: float) -> None:
    time.sleep(seconds)  # the length of the outage is the fault itself


ROW = Row("mongo-away", "MongoDB away (60 s in the long run)", run, short=1, long=2)
