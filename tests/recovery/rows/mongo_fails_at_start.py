"""A service that was killed comes back while MongoDB refuses what it does first: it waits, and does not end."""

from random import Random
from typing import TYPE_CHECKING, Final

from recovery.nursery import SERVICES
from recovery.parts.fail_points import fail_commands, failed
from recovery.parts.storms import parts_of
from recovery.row import Injected, Row

if TYPE_CHECKING:
    from recovery.world import World

_AT_START: Final = ("createIndexes",)  # the driver tries reads again by itself
_ROLE_CHANGES: Final = 11602


def run(world: "World", chance: Random, times: int) -> Injected:
    """Kill a service; of what it asks for at its start some is refused. One that ended by itself is a violation."""
    injected, mongod = Injected(), parts_of(world).mongo.await_primary()
    with world.load(rate=50):
        while injected.number < times:
            service, count, before = chance.choice(SERVICES), chance.randint(1, 4), failed(mongod)
            fail_commands(mongod, _AT_START, count, code=_ROLE_CHANGES)
            world.lives.kill(service)
            world.until(
                lambda count=count, before=before: failed(mongod) >= before + count, f"{service} meets {count} refusals"
            )
            world.until(lambda service=service: world.lives.is_ready(service), f"{service} is back")
            world.note(f"{service} met {count} refusals at its start")
            injected.faults["refused at start"] += count
    return injected


ROW = Row("mongo-fails-at-start", "MongoDB refuses what a service does at its start", run, short=0, long=10)
