"""The projector takes its first batch in hand and never comes back."""

import asyncio
from typing import Any


def plant(_service: str) -> None:
    """Break it in this process."""
    from servicekit.runner import LoopRunner  # noqa: PLC0415  only the life that is to be stuck knows it

    right = LoopRunner.handle

    async def handle(self: Any, records: Any) -> None:
        if self.loop.name == "projector":
            await asyncio.Event().wait()
        await right(self, records)

    LoopRunner.handle = handle  # type: ignore[method-assign]
