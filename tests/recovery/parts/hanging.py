"""A process that hangs: it is there, its connections stand, and it does nothing."""

import os
import signal
import time
from typing import Final

import psutil

_PATIENCE_SECONDS: Final = 10.0


def pause(pid: int) -> None:
    """Stop it; it is seen stopped when this returns."""
    os.kill(pid, signal.SIGSTOP)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while psutil.Process(pid).status() != psutil.STATUS_STOPPED:
        assert time.monotonic() < deadline, f"process {pid} does not stop"
        time.sleep(0.01)


def resume(pid: int) -> None:
    """Let it go on; one that runs is not disturbed."""
    os.kill(pid, signal.SIGCONT)
