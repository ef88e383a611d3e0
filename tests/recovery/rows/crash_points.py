"""Every service kills itself at each of its I/O, before it and after it: no hook stands in the services for that."""

import itertools
import signal
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Final

from recovery.lives import At, DiedOtherwise, Life
from recovery.nursery import SERVICES
from recovery.points import AFTER, BEFORE
from recovery.row import Injected, Row
from recovery.world import World

_POINTS: Final = Path(__file__).parent.parent / "points.txt"
_AT_A_FIRST_START: Final = "mongo create "  # the system that is broken here has begun long ago
_AT_THE_END: Final = ("kafka LeaveGroup", "mongo endSessions")  # it comes there when it is told to stop
_SECONDS_A_LIFE: Final = 8.0  # one that does not come to its point is killed and counted apart


def points() -> list[tuple[str, str]]:
    """(service, I/O) of each that is known."""
    lines = [line for line in _POINTS.read_text().splitlines() if not line.startswith("#")]
    return [(service, name) for service, _, name in (line.partition(": ") for line in lines)]


def run(world: World, chance: Random, times: int) -> Injected:
    """All services at once, each from life to life, each life with a point of its own."""
    there = [(service, name) for service, name in points() if not name.startswith(_AT_A_FIRST_START)]
    drawn = [(service, name, when) for service, name in there for when in (BEFORE, AFTER)]
    chance.shuffle(drawn)
    begun = list(itertools.islice(itertools.cycle(drawn), times))
    injected = Injected()
    threads = []
    with world.load(rate=40):
        for service in SERVICES:
            own = [(name, when, 1, int(signal.SIGKILL)) for of, name, when in begun if of == service]
            threads.append(threading.Thread(target=_chain, args=(world, service, own, injected), daemon=True))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return injected


def _chain(world: World, service: str, plans: Sequence[At], injected: Injected) -> None:
    """One life after the other dies at its point; the first and the last are ended from outside."""
    lives = world.lives
    left: Iterator[At] = iter(plans)
    lives.plan(service, left)
    lives.kill(service)
    for at in plans:
        life = lives.of(service)
        assert life.at == at, (life.at, at)
        name, when, _, _ = at
        met = _dies(world, life)
        world.note(f"{service} {'died' if met else 'did not come to die'} {when} {name}")
        injected.faults[f"killed {when} an I/O" if met else "killed while idle"] += 1


def _dies(world: World, life: Life) -> bool:
    """Whether it killed itself; if it does not come there it is killed."""
    if life.at and life.at[0] in _AT_THE_END:
        world.until(lambda: world.lives.is_ready(life.service), f"{life.service} is ready")
        world.lives.ask_to_end(life)
    try:
        world.lives.await_death(life, signal.SIGKILL, _SECONDS_A_LIFE)
    except TimeoutError:
        world.lives.kill(life.service)
        return False
    except DiedOtherwise as otherwise:
        world.note(str(otherwise))
        return False
    return True


ROW = Row("crash-points", "each service kills itself before and after each of its I/O", run, short=40, long=253)
