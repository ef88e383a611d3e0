"""Up to three members of each service come, go and die all the while: partitions move, positions never go back."""

from functools import partial
from random import Random
from typing import Final

from recovery.nursery import SERVICES
from recovery.row import Injected, Row
from recovery.world import World

_MEMBERS: Final = (0, 1, 2)


def run(world: World, chance: Random, times: int) -> Injected:
    """One change of membership after the other; each is seen to make somebody claim anew."""
    injected, fence = Injected(), world.fence.looks
    with world.load(rate=60):
        for _ in range(times):
            service = chance.choice(SERVICES)
            before = claims(world, service)
            what = _change(world, chance, service)
            world.note(f"{service}: {what}; now members {world.lives.members(service)}")
            world.until(partial(_claims_anew, world, service, before), f"{service} claims anew")
            injected.faults[what] += 1
        for service in SERVICES:
            for member in world.lives.members(service):
                if member:
                    world.lives.end(service, member)
    if world.fence.looks - fence < times:
        injected.violations.append("the fence was not looked at all the while")
    return injected


def claims(world: World, service: str) -> int:
    """How often the positions of a service were claimed."""
    return sum(row.get("claims", 0) for row in world.database(service).positions.find({}, {"claims": 1}))


def _claims_anew(world: World, service: str, before: int) -> bool:
    return claims(world, service) > before


def _change(world: World, chance: Random, service: str) -> str:
    there = world.lives.members(service)
    missing = [member for member in _MEMBERS if member not in there]
    what = chance.choice(["joined"] * len(missing) + ["left", "killed"] * (len(there) > 1) + ["killed"])
    if what == "joined":
        world.lives.start(service, missing[0])
    elif what == "left":
        world.lives.end(service, there[-1])
    else:
        world.lives.kill(service, chance.choice(there))
    return what


ROW = Row("rebalance-storm", "up to three members of a service join, leave, die", run, short=4, long=16)
