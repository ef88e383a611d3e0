"""One event in ten is said again, by another way or to another partition."""

from random import Random

from recovery.row import Injected, Row
from recovery.world import World


def run(world: World, chance: Random, times: int) -> Injected:
    """Say again what was said lately; a twentieth of it through the door."""
    injected = Injected()
    with world.load(rate=100) as load:
        while injected.number < times:
            world.until(lambda: load.said > 10 * injected.number, "ten times as much is said")
            again = chance.choice(load.last)
            if chance.random() < 0.05:
                assert world.driver.post(again)
            else:
                world.driver.say(again, partitioner=chance.choice(("consistent_random", "murmur2_random", "random")))
            injected.faults["events said again"] += 1
    return injected


ROW = Row("duplicates", "one event in ten is said again", run, short=20, long=300)
