"""Kafka executes a request, a produce most often, and its answer is lost with the connection."""

from random import Random
from typing import TYPE_CHECKING, Final

from recovery.parts.losing_answers import lose_answers
from recovery.parts.storms import parts_of
from recovery.row import Injected, Row

if TYPE_CHECKING:
    from recovery.world import World

KINDS: Final = ("Produce", "Produce", "Produce", "Produce", "Fetch", "OffsetCommit", "Heartbeat")


def run(world: "World", chance: Random, times: int) -> Injected:
    """Lose one answer after the other, of requests that the services make all the time."""
    return lose_answers(world, parts_of(world).kafka.proxy, KINDS, chance, times)


ROW = Row("kafka-answer-lost", "Kafka executed it, the answer is lost", run, short=20, long=200)
