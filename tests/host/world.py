"""Everything that a visitor can see: real Kafka and MongoDB, the services, what simulated partners said, releases."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

import schemes
from ops import localstack
from ops.demo.watch import Watch
from ops.partners import Registry
from ops.services import start_services
from ops.simulator import partner, to_kafka
from ops.simulator.scenarios import SCENARIOS
from ops.simulator.telling import Telling
from schemes import register
from servicekit.settings import ServiceSettings

_TOLD: Final = ("james-wigg", "surgeries", "fit-for-work-2010", "workwell-2025")
_SETTLING_SECONDS: Final = 120.0
_LOOK_EVERY_SECONDS: Final = 0.2


@dataclass(frozen=True)
class World:
    """Where the pages are, and how to say something that changes them."""

    settings: ServiceSettings
    pages: str
    door: str
    watch: Watch


@contextmanager
def running(say: Callable[[str], None]) -> Iterator[World]:
    """Everything, until the block ends."""
    with ExitStack() as ends:
        stack = ends.enter_context(
            localstack.start(f"host-{os.getpid()}", owner_pid=os.getpid(), ephemeral=True, say=lambda _: None)
        )
        settings = ServiceSettings(kafka_url=stack.kafka_url, mongo_url=stack.mongo_url, http_port=0)
        told = [SCENARIOS[name] for name in _TOLD]
        partner.register([each for scenario in told for each in scenario.partners], Registry(settings))
        services = ends.enter_context(start_services(stack, say=say))
        watch = ends.enter_context(Watch(settings))
        telling = Telling(schemes=schemes.load(), register=register.load(), yearly=True)
        for scenario in told:
            to_kafka.send(scenario.tell(telling), settings, None, lambda: None)
        settled(watch)
        say("what partners said is counted")
        yield World(settings, services.urls["outcomes"], services.urls["door"], watch)


def settled(watch: Watch) -> None:
    """Wait until all that was said has its end and is counted."""
    until = time.monotonic() + _SETTLING_SECONDS
    while not watch.look().settled:
        assert time.monotonic() < until, watch.look()
        time.sleep(_LOOK_EVERY_SECONDS)
