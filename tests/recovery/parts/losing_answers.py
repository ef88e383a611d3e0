"""A part executes a request and its answer is lost with the connection, again and again."""

from collections.abc import Sequence
from functools import partial
from random import Random
from typing import TYPE_CHECKING

from recovery.parts.proxy import Proxy
from recovery.row import Injected

if TYPE_CHECKING:
    from recovery.world import World


def lose_answers(world: "World", proxy: Proxy, kinds: Sequence[str], chance: Random, times: int) -> Injected:
    """Lose one answer after the other, of requests of these kinds, which the services make all the time."""
    injected = Injected()
    with world.load(rate=100):
        for _ in range(times):
            kind = chance.choice(kinds)
            before = proxy.lost(kind)
            proxy.lose_answers(kind, 1)
            world.until(partial(_more_lost, proxy, kind, before), f"an answer to {kind} is lost")
            world.note(f"the answer to a {kind} was lost")
            injected.faults[f"{kind} executed, answer lost"] += 1
    proxy.heal()
    return injected


def _more_lost(proxy: Proxy, kind: str, before: int) -> bool:
    return proxy.lost(kind) > before
