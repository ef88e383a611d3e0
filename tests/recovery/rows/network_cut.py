"""All connections of the services to Kafka or to MongoDB are cut, again and again."""

from random import Random
from typing import TYPE_CHECKING

from recovery.nursery import SERVICES
from recovery.parts.storms import no_storm, parts_of
from recovery.row import Injected, Row

if TYPE_CHECKING:
    from recovery.world import World


def run(world: "World", chance: Random, times: int) -> Injected:
    """Cut one side or the other and refuse it for a moment; the next cut comes when the services have come again."""
    injected, parts = Injected(), parts_of(world)
    sides = {"Kafka": parts.kafka.proxy, "MongoDB": parts.mongo.all[0].proxy}
    with world.load(rate=100):
        for _ in range(times):
            side = chance.choice(sorted(sides))
            proxy = sides[side]
            with no_storm(world, injected):
                taken, before = proxy.taken(), proxy.seen["cut"]
                proxy.shut()
                world.rest(chance.uniform(0, 0.5))
                proxy.heal()
                cut = proxy.seen["cut"] - before
                world.until(
                    lambda proxy=proxy, taken=taken: proxy.taken() >= taken + len(SERVICES),
                    "the services come again",
                )
            world.note(f"{cut} connections to {side} cut")
            injected.faults[f"connections to {side} cut"] += cut > 0
    return injected


ROW = Row("network-cut", "connections to Kafka and MongoDB cut", run, short=6, long=30)
