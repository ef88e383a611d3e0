"""Processes that die, or hang: a hung one is there, its connections stand, and it does nothing."""

import os
import signal
import subprocess
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


class Breakable:
    """Something that runs as one process at a time, which can be killed, stopped and let go on."""

    process: "subprocess.Popen[bytes] | None" = None

    def kill(self) -> None:
        """Kill -9; it is seen dead of that when this returns."""
        assert self.process is not None
        self.process.kill()
        assert self.process.wait() == -signal.SIGKILL

    def pause(self) -> None:
        """Stop it as a hung machine stops: connections stay open, nothing is answered. Seen stopped on return."""
        assert self.process is not None
        pause(self.process.pid)

    def resume(self) -> None:
        """Let it go on."""
        assert self.process is not None
        resume(self.process.pid)
