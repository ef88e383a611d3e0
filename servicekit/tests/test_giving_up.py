"""A process that was told to stop ends, whatever it waits for."""

import subprocess
import sys

HANGS = """
import asyncio, time
from servicekit.giving_up import end_soon_after

async def told_to_stop():
    stop = asyncio.Event()
    stop.set()
    await end_soon_after(stop, 0.1)
    {then}

asyncio.run(told_to_stop())
"""


def _run(then: str) -> "subprocess.CompletedProcess[str]":
    line = (sys.executable, "-c", HANGS.format(then=then))
    return subprocess.run(line, check=False, capture_output=True, text=True, timeout=60)


def test_one_that_hangs_is_ended_and_says_so() -> None:
    done = _run("time.sleep(600)")
    assert done.returncode == 1
    assert "ended_by_force" in done.stdout


def test_one_that_ends_by_itself_is_left_alone() -> None:
    done = _run("pass")
    assert (done.returncode, done.stdout) == (0, "")
