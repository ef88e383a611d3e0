"""A storm of write conflicts: the storage engine lets many writes fail, and their transactions are tried again."""

from random import Random
from typing import TYPE_CHECKING, Final

from recovery.parts.fail_points import conflicting, conflicts
from recovery.parts.storms import parts_of
from recovery.row import Injected, Row

if TYPE_CHECKING:
    from recovery.world import World

_SHARES: Final = (0.05, 0.1, 0.3)
_AT_ONCE: Final = 10


def run(world: "World", chance: Random, times: int) -> Injected:
    """Gusts of some conflicts each; in the strongest hardly a transaction gets through."""
    injected, mongod = Injected(), parts_of(world).mongo.await_primary()
    with world.load(rate=100):
        while injected.number < times:
            before, share = conflicts(mongod), chance.choice(_SHARES)
            with conflicting(mongod, share):
                world.until(lambda before=before: conflicts(mongod) >= before + _AT_ONCE, f"{_AT_ONCE} write conflicts")
            world.note(f"writes conflicted, {share:.0%} of them")
            injected.faults["write conflict"] += _AT_ONCE
    return injected


ROW = Row("mongo-conflicts", "a storm of write conflicts", run, short=20, long=200)
