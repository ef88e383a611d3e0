"""Kafka executes a request, a produce most often, and its answer is lost with the connection."""

from random import Random
from typing import TYPE_CHECKING, Final

from recovery.parts.storms import parts_of
from recovery.row import Injected, Row

if TYPE_CHECKING:
    from recovery.world import World

KINDS: Final = ("Produce", "Produce", "Produce", "Produce", "Fetch", "OffsetCommit", "Heartbeat")


def run(world: "World", chance: Random, times: int) -> Injected:
    """Lose one answer after the other, of requests that the services make all the time."""
    injected, proxy = Injected(), parts_of(world).kafka.proxy
    with world.load(rate=100):
        for _ in range(times):
            kind = chance.choice(KINDS)
            before = proxy.lost(kind)
            proxy.lose_answers(kind, 1)
            world.until(lambda kind=kind, before=before: proxy.lost(kind) > before, f"an answer to {kind} is lost")
            world.note(f"the answer to a {kind} was lost")
            injected.faults[f"{kind} executed, answer lost"] += 1
    proxy.heal()
    return injected


ROW = Row("kafka-answer-lost", "Kafka executed it, the answer is lost", run, short=20, long=200)
