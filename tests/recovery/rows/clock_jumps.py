"""The wall clock of every service jumps by hours, back and forth."""

from pathlib import Path
from random import Random

from recovery.nursery import SERVICES
from recovery.row import Injected, Row
from recovery.world import World


def run(world: World, chance: Random, times: int) -> Injected:
    """Lives whose clocks jump, then such as have the right time again.

    Nothing of today is said meanwhile: a gate whose clock is behind refuses it as yet to come, and is right to.
    """
    told = {name: world.lives.folder / f"clock-{name}-{chance.getrandbits(32)}" for name in SERVICES}
    for service, path in told.items():
        world.lives.end(service)
        world.lives.start(service, environment={"RECOVERY_CLOCK": str(path)})
        world.note(f"the clock of {service} jumps")
    with world.load(rate=60, recent=False):
        world.until(lambda: sum(map(_jumps, told.values())) >= times, "the clocks have jumped so often")
    for service in SERVICES:
        world.lives.end(service)
        world.lives.start(service)
    injected = Injected()
    injected.faults["jumps of a clock"] += sum(map(_jumps, told.values()))
    return injected


def _jumps(path: Path) -> int:
    return len(path.read_text().splitlines()) if path.exists() else 0


ROW = Row("clock-jumps", "the services' wall clocks jump by hours, back and forth", run, short=10, long=100)
