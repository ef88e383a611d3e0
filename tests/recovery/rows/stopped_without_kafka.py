"""Every service is told to stop while the only broker hangs: it goes, and does not wait for who does not answer."""

from random import Random
from typing import TYPE_CHECKING, Final

from recovery.nursery import SERVICES
from recovery.parts.storms import parts_of, until_progress
from recovery.row import Injected, Row

if TYPE_CHECKING:
    from recovery.world import World

_SECONDS: Final = 30.0  # clients of Kafka wait for 40 where nobody bounds it


def run(world: "World", _chance: Random, times: int) -> Injected:
    """SIGSTOP it while events come in, SIGTERM all services, see them gone, SIGCONT; those that follow go on."""
    injected, broker = Injected(), parts_of(world).kafka
    with world.load(rate=100):
        for _ in range(times):
            broker.pause()
            try:
                lives = [world.lives.of(service) for service in SERVICES]
                for life in lives:
                    world.lives.ask_to_end(life)
                world.until(lambda lives=lives: all(life.code is not None for life in lives), "all are gone", _SECONDS)
            finally:
                broker.resume()
            until_progress(world)
            injected.violations.extend(f"{life.service} ended with {life.code}" for life in lives if life.code)
            injected.faults["stopped while the broker hung"] += len(lives)
    return injected


ROW = Row("stopped-without-kafka", "services told to stop while the broker hangs", run, short=1, long=2)
