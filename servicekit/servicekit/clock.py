"""The clock by which durations are measured: the running event loop's, so that a simulation can have its own."""

import asyncio


def seconds_now() -> float:
    """Seconds since some moment; only differences mean anything."""
    return asyncio.get_running_loop().time()
