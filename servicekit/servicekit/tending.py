"""What a loop looks after now and then: partitions that nobody handles, and announcements that nobody sends."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Any, Final

from servicekit.clock import seconds_now

_EVERY_SECONDS: Final = 1.0
_SWEEP_EVERY_SECONDS: Final = 10.0


async def take_back(
    missing: Callable[[], bool],
    is_member: Callable[[], Awaitable[bool]],
    take_over: Callable[[], Awaitable[None]],
    patience: float,
) -> None:
    """Take over what Kafka gave us and MongoDB says is another's, once that has lasted `patience` seconds.

    A worker that was paused, or expelled while MongoDB was away, can claim later than its successor. As long as it
    lives it soon joins its group again and all claim anew; if it is killed first, nobody would handle what it claimed.
    Who is no member any more takes nothing: it is the one that is stale.
    """
    since: float | None = None
    while True:
        await asyncio.sleep(min(_EVERY_SECONDS, patience / 2))
        if not missing():
            since = None
        elif since is None:
            since = seconds_now()
        elif seconds_now() - since > patience and await is_member():
            await take_over()
            since = None


async def sweep(
    left: Callable[[], Awaitable[Collection[str]]],
    send: Callable[[], Awaitable[None]],
    every: float = _SWEEP_EVERY_SECONDS,
) -> None:
    """Send what was left and not sent between two looks: by one that was killed, or by a command beside the loop.

    Or by ourselves: the deletion of what is sent need not be on a majority, and comes back where a primary is lost.
    """
    before: set[str] = set()
    while True:
        await asyncio.sleep(every)
        now = set(await left())
        if now & before:
            await send()
            now = set()
        before = now


async def end(*tasks: asyncio.Future[Any]) -> None:
    """Cancel tasks until they are done: one that gets an answer at that moment can miss a single cancellation."""
    while running := {task for task in tasks if not task.done()}:
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=_EVERY_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)
