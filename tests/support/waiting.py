"""Waiting for a condition: never a fixed sleep, never for ever."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

PATIENCE_SECONDS = 30.0


async def until(holds: Callable[[], Awaitable[Any]]) -> Any:
    """Wait for the condition and give what it gave; the test fails if it does not come about."""
    async with asyncio.timeout(PATIENCE_SECONDS) as patience:
        while not (answer := await holds()):
            assert not patience.expired()  # a call that is answered at that moment can miss its cancellation
            await asyncio.sleep(0.05)
    return answer
