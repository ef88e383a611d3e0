"""Who was told to stop and waits for an answer that never comes is ended: nothing is lost, as after any other death."""

import asyncio
import os
import threading
from typing import Final

import structlog

_SECONDS: Final = 20.0  # twice what it takes with Kafka or MongoDB away
_FAILED: Final = 1

log = structlog.get_logger()


async def end_soon_after(stop: asyncio.Event, seconds: float = _SECONDS) -> None:
    """Once `stop` is set the process has so long to end by itself. A thread watches: the event loop may hang too."""
    await stop.wait()
    watch = threading.Timer(seconds, _end)
    watch.daemon = True
    watch.start()


def _end() -> None:
    log.error("ended_by_force")
    os._exit(_FAILED)
