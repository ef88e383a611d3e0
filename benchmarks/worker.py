"""One loop of a service in a process of its own, as production runs it.

It is the service itself without its other loops and its API, or all of it. The environment holds its settings,
`BENCH_SERVICE` and `BENCH_LOOP` (empty: all of it); `BENCH_PROFILE` names a file for what cProfile sees.
"""

import asyncio
import cProfile
import os
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from case_service.app import build as case
from door_service.app import build as door
from outcomes_service.app import build as outcomes
from servicekit import logs
from servicekit.running import Running, Service
from servicekit.service import serve

_LOOK_EVERY_SECONDS: Final = 0.01
_BUILDS: Final[dict[str, Callable[[], Service]]] = {"case": case, "door": door, "outcomes": outcomes}


def build(service: str, loop: str) -> Service:
    """The service with one of its loops and nothing beside it but what tells how much was sent; without a loop's name
    the service as it is.
    """
    whole = _BUILDS[service]()
    if not loop:
        return whole
    only = tuple(each for each in whole.loops if each.name == loop)
    return replace(whole, loops=only, routes=None, ticks=(), background=(_tell_sent,) if only[0].announces else ())


async def _tell_sent(running: Running) -> None:
    """Say how many records Kafka has acknowledged, whenever that has changed."""
    counters = [running.metrics.announced.labels(name) for name in running.runners]
    told = 0
    while await running.sleep(_LOOK_EVERY_SECONDS):
        sent = int(sum(counter._value.get() for counter in counters))
        if sent != told:
            told = sent
            running.log.info("sent", records=sent)


def run() -> None:
    """Run it until it is told to stop."""
    service = build(os.environ["BENCH_SERVICE"], os.environ["BENCH_LOOP"])
    logs.configure("json")
    target = os.environ.get("BENCH_PROFILE")
    if target is None:
        asyncio.run(serve(service))
        return
    profile = cProfile.Profile(time.process_time)  # CPU: who else runs on the machine, and waiting, do not count
    profile.runcall(asyncio.run, serve(service))
    profile.dump_stats(target)


if __name__ == "__main__":
    run()
