"""Ends a stack when its owner dies, however it dies: `python -m ops.localstack.keeper NAME`, one for each owned stack.

A child that is killed cannot tidy up, and a broker outlives its parent; this small process waits for the owner's end
without looking (a process descriptor on Linux) and then ends the stack. If it is killed too, the next `footing up` or
`footing status` finds the stack by its state file.
"""

import os
import select
import sys
import time
from dataclasses import replace

from ops.localstack import processes, state
from ops.localstack.ending import end
from ops.localstack.processes import Identity

LOOK_EVERY_SECONDS = 0.5


def main() -> None:
    """Wait for the end of the owner of the named stack, then end the stack if it is still the one we keep."""
    name = sys.argv[1]
    known = state.read(name)
    if known is None or known.owner is None:
        return
    _await_end_of(known.owner)
    with state.locked(name):
        if now := state.same(known):
            end(replace(now, keeper=None))


def _await_end_of(owner: Identity) -> None:
    if hasattr(os, "pidfd_open"):
        try:
            descriptor = os.pidfd_open(owner.pid)
        except ProcessLookupError:
            return
        if processes.find(owner):
            select.select([descriptor], [], [])
        return
    while processes.find(owner):
        time.sleep(LOOK_EVERY_SECONDS)


if __name__ == "__main__":
    main()
