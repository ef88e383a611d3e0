"""`footing rebuild journeys` that hangs once it has begun: `python -m faults.planted.rebuild`."""

import asyncio
import sys
from typing import Any

from ops import main
from ops.rebuild import run


async def _never(*_given: Any) -> None:
    await asyncio.Event().wait()


if __name__ == "__main__":
    run._Run._each = _never  # type: ignore[assignment,method-assign]
    sys.argv = ["footing", "rebuild", "journeys"]
    main.run()
