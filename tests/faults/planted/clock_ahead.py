"""The clock of this process is half a minute ahead."""

from datetime import timedelta
from typing import Final

from recovery import clock

_AHEAD: Final = timedelta(seconds=30)


def plant(_service: str) -> None:
    """Put it ahead in this process."""
    clock.put(lambda: _AHEAD)
