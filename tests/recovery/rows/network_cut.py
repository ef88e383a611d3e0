"""All connections of the services to Kafka or to MongoDB are cut, again and again."""

from functools import partial
from random import Random
from typing import TYPE_CHECKING

from recovery.nursery import SERVICES
from recovery.parts.proxy import Proxy
from recovery.parts.storms import no_storm, parts_of
from recovery.row import Injected, Row

if TYPE_CHECKING:
    from recovery.world import World


def run(world: "World", chance: Random, times: int) -> Injected:
    """Cut one side or the other and refuse it for a moment; the next cut comes when the services have come again."""
    injected, sides = Injected(), parts_of(world).sides
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
                world.until(partial(_come_again, proxy, taken), "the services come again")
            world.note(f"{cut} connections to {side} cut")
            injected.faults[f"connections to {side} cut"] += cut > 0
    return injected


def _come_again(proxy: Proxy, taken: int) -> bool:
    return proxy.taken() >= taken + len(SERVICES)


ROW = Row("network-cut", "connections to Kafka and MongoDB cut", run, short=6, long=30)
