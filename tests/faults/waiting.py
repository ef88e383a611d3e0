"""Waiting for a condition, bounded, with what was waited for."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

PATIENCE_SECONDS: Final = 180.0  # many times what anything takes on two cores of one's own
T = TypeVar("T")


class NotInTime(Exception):  # noqa: N818  it says what did not come about
    """Something did not come about in time."""


def until(holds: Callable[[], T], what: str, seconds: float = PATIENCE_SECONDS, pause: float = 0.1) -> T:
    """Wait for the condition and give what it gave. Raises `NotInTime`."""
    deadline = time.monotonic() + seconds
    while not (answer := holds()):
        if time.monotonic() > deadline:
            raise NotInTime(f"within {seconds:.0f} s not: {what}")
        time.sleep(pause)
    return answer
