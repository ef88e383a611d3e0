"""Whether an outage makes the services storm: how many connections they begin a second, seen by the proxies."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from recovery.parts.proxy import Proxy
from recovery.parts.stages import HANDLE, Parts
from recovery.row import Injected

if TYPE_CHECKING:
    from recovery.world import World

# Five services of one to three clients each, which look once or twice a second: what is away is not asked more often.
MOST_A_SECOND: Final = 100.0
# aiokafka gives up waiting for an answer after 40 seconds, the driver of MongoDB after 20; then there is a backlog.
MOST_SECONDS: Final = 90.0


def parts_of(world: "World") -> Parts:
    """What the row may break."""
    parts: Parts = world.stage.handles[HANDLE]
    return parts


@contextmanager
def no_storm(world: "World", injected: Injected) -> Iterator[None]:
    """Count the connections that begin in the block; too many a second are a violation."""
    proxies = _proxies(parts_of(world))
    before, started = _begun(proxies), time.monotonic()
    yield
    begun, seconds = _begun(proxies) - before, time.monotonic() - started
    world.note(f"{begun} connections began in {seconds:.1f} s")
    if begun > MOST_A_SECOND * max(seconds, 1.0):
        injected.violations.append(f"a storm: {begun} connections began in {seconds:.1f} s")


def until_progress(world: "World") -> None:
    """Wait until something is counted that was not counted before, and every service is ready."""
    before = _counted(world)
    world.until(lambda: _counted(world) > before, "the services count again", MOST_SECONDS)
    world.until(world.lives.all_ready, "the services are ready")


def _counted(world: "World") -> int:
    return sum(row["next"] for row in world.database("outcomes").positions.find({"loop": "projector"}, {"next": 1}))


def _proxies(parts: Parts) -> list[Proxy]:
    return [parts.kafka.proxy, *(member.proxy for member in parts.mongo.all)]


def _begun(proxies: Sequence[Proxy]) -> int:
    return sum(proxy.seen["connections"] for proxy in proxies)
