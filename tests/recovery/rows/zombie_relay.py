"""A worker is stopped exactly between commit and send; its successor sends what it left; then it wakes and repeats."""

import signal
from random import Random
from typing import Any, Final

from recovery.points import BEFORE
from recovery.row import Injected, Row
from recovery.world import World

_GATES: Final = ("referral", "case", "outcomes")  # those that send
_SECOND: Final = 1


def run(world: World, chance: Random, times: int) -> Injected:
    """One after the other; while no fault is left unsent by the stopped one, it does not count."""
    injected = Injected()
    with world.load(rate=60):
        for _ in range(3 * times):
            if injected.number < times:
                injected.faults["stopped between commit and send, then woken"] += _stopped(world, chance)
    return injected


def _stopped(world: World, chance: Random) -> bool:
    """The first member stops itself before it sends; False if nothing that it had committed stood in the outbox."""
    service = chance.choice(_GATES)
    world.lives.end(service)
    life = world.lives.start(service, at=("kafka Produce", BEFORE, chance.randint(1, 3), int(signal.SIGSTOP)))
    world.lives.start(service, _SECOND)
    world.until(lambda: world.lives.is_paused(life), f"{service} stops before it sends")
    left = _left(world, service)
    world.note(f"{service}, process {life.pid}, stopped before it sent; {len(left)} in the outbox")
    try:
        world.until(lambda: not left & _left(world, service), f"the successor sends what {service} left")
        assert world.lives.is_paused(life)
    finally:
        world.lives.resume(life)
    world.until(lambda: world.lives.all_ready([service]), "both are ready")
    world.lives.end(service, _SECOND)
    return bool(left)


def _left(world: World, service: str) -> set[Any]:
    return {row["_id"] for row in world.database(service).outbox.find({}, {"_id": 1})}


ROW = Row("zombie-relay", "SIGSTOP between commit and send, another sends it, SIGCONT", run, short=1, long=4)
