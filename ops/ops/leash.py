"""Runs a service that must not outlive who started it: `python -m ops.leash <package>`.

Standard input is the leash: it closes when the parent ends, however it ends, and then the service is told to stop; one
that does not, with Kafka and MongoDB gone in the same moment, is killed.
"""

import os
import runpy
import signal
import sys
import threading
import time
from typing import Final

_STOP_SECONDS: Final = 20.0  # as long as a parent would wait


def _stop_with_parent() -> None:
    os.read(sys.stdin.fileno(), 1)  # not by sys.stdin: its lock, held here, would be a fatal error when Python ends
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_STOP_SECONDS)  # the thread is a daemon: it is gone as soon as the service has ended
    os.kill(os.getpid(), signal.SIGKILL)


def run(package: str) -> None:
    """Run `python -m <package>` in this process."""
    threading.Thread(target=_stop_with_parent, name="leash", daemon=True).start()
    sys.argv = [package]
    runpy.run_module(package, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    run(sys.argv[1])
