"""A release is published while operators hold the projector: it lacks what gates had accepted by then."""

from datetime import UTC, datetime

from faults.fault import Fault, Planted
from faults.system import System
from faults.telling import course
from faults.waiting import until
from servicekit.days import day_of

_LOOP = ("outcomes", "projector")
_ID = "early"


def _plant(system: System) -> Planted:
    system.surely("pause", *_LOOP, "--why", "looking at a figure")
    said = course()
    before = system.watch.look().accepted
    system.partners["acme"].publish(*said)
    until(lambda: system.watch.look().accepted == before + len(said), "all that was said is accepted")
    system.surely("release", "draft", "--id", _ID, "--note", "Too early.")
    system.surely("release", "publish", _ID)
    system.surely("resume", *_LOOP)
    today = day_of(datetime.now(UTC))
    return Planted({"2026-03-31-2": f"{_ID}-2", "--as-of 2026-03-31": f"--as-of {today}", "2026-03-31": _ID})


FAULT = Fault("release-wrong", "A release is wrong", "FootingReleaseWrong", "release-wrong", _plant)
