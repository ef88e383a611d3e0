"""A worker is stopped past its session, its partitions move, it wakes: it changes nothing any more."""

from functools import partial
from random import Random
from typing import Any, Final

from recovery.nursery import SERVICES
from recovery.row import Injected, Row
from recovery.world import World

_SECOND: Final = 1


def owners(world: World, service: str) -> dict[str, Any]:
    """Who owns each position of a service."""
    return {row["_id"]: row["owner"] for row in world.database(service).positions.find({}, {"owner": 1})}


def run(world: World, chance: Random, times: int) -> Injected:
    """A second member of some services takes over what a stopped one had; then the first wakes."""
    injected = Injected()
    with world.load(rate=60):
        while injected.number < times:
            services = chance.sample(SERVICES, min(len(SERVICES), times - injected.number))
            for service in services:
                world.lives.start(service, _SECOND)
            world.until(partial(world.lives.all_ready, services), "both members are ready")
            stopped = {service: world.lives.pause(service) for service in services}
            before = {service: owners(world, service) for service in services}
            try:
                for service, life in stopped.items():
                    world.note(f"stopped {service}, process {life.pid}")
                    world.until(partial(_is_one, world, service, before[service]), f"{service}: all is the other's")
                    assert world.lives.is_paused(life)
                    injected.faults["stopped past its session, then woken"] += 1
            finally:
                for life in stopped.values():
                    world.lives.resume(life)
            world.note(f"woke {', '.join(stopped)}")
            world.until(partial(world.lives.all_ready, services), "both members are ready again")
            for service in services:
                world.lives.end(service, _SECOND)
    return injected


def _is_one(world: World, service: str, before: dict[str, Any]) -> bool:
    """Whether every position now belongs to an owner that was there and is not the stopped one's."""
    now = owners(world, service)
    moved = [place for place, owner in now.items() if before.get(place) != owner]
    return bool(moved) and all(_of_one_loop(now, place) for place in now)


def _of_one_loop(now: dict[str, Any], place: str) -> bool:
    loop = place.split("/", maxsplit=1)[0]
    return len({owner for other, owner in now.items() if other.split("/")[0] == loop}) == 1


ROW = Row("zombie-worker", "SIGSTOP past the session, another takes over, SIGCONT", run, short=3, long=8)
