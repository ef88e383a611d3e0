"""Waiting until nothing that partners said is in hand anywhere."""

import time

from ops.demo.watch import Watch


def settle(watch: Watch, seconds: float) -> None:
    """Wait until all that was said has its end and is counted; AssertionError, after so long, says what has not."""
    deadline = time.monotonic() + seconds
    while not (standing := watch.look()).settled:
        assert time.monotonic() < deadline, standing
        time.sleep(0.1)
