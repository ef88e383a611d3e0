"""A gate takes two seconds a record."""

import asyncio
from typing import Any, Final

_SECONDS: Final = 2.0


def plant(_service: str) -> None:
    """Slow it down in this process."""
    from servicekit.runner import LoopRunner  # noqa: PLC0415  only the life that is to be slow knows it

    right = LoopRunner.handle

    async def handle(self: Any, records: Any) -> None:
        for record in records:
            await asyncio.sleep(_SECONDS)
            await right(self, [record])

    LoopRunner.handle = handle  # type: ignore[method-assign]
