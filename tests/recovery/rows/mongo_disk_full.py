"""MongoDB's disk is full for a while: reads go on, writes are refused."""

from random import Random
from typing import TYPE_CHECKING, Final

from recovery.parts.fail_points import DISK_FULL, fail_commands, failed
from recovery.parts.storms import no_storm, parts_of
from recovery.row import Injected, Row

if TYPE_CHECKING:
    from recovery.world import World

_WRITES: Final = ("insert", "update", "delete", "commitTransaction")
_AT_ONCE: Final = 10


def run(world: "World", _chance: Random, times: int) -> Injected:
    """Ten writes in a row are refused, then there is room again."""
    injected, mongod = Injected(), parts_of(world).mongo.await_primary()
    with world.load(rate=100), no_storm(world, injected):
        while injected.number < times:
            before = failed(mongod)
            fail_commands(mongod, _WRITES, _AT_ONCE, code=DISK_FULL)
            world.until(lambda before=before: failed(mongod) >= before + _AT_ONCE, f"{_AT_ONCE} writes find no room")
            world.note(f"{_AT_ONCE} writes found no room")
            injected.faults["disk full"] += _AT_ONCE
    return injected


ROW = Row("mongo-disk-full", "MongoDB's disk is full (code 14031)", run, short=10, long=50)
