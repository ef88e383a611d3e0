"""A rebuild hangs before its first event, and is killed."""

import subprocess
import sys

from faults.fault import Fault, Planted
from faults.pages import ROOT
from faults.system import System
from faults.telling import course
from faults.waiting import until


def _plant(system: System) -> Planted:
    rebuilding = subprocess.Popen(
        [sys.executable, "-m", "faults.planted.rebuild"],
        env={**system.environment, "PYTHONPATH": str(ROOT / "tests")},
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        until(system.client["footing_outcomes"]["rebuilds"].find_one, "a rebuild has begun")
    finally:
        rebuilding.kill()
        rebuilding.wait()
    system.partners["acme"].publish(*course())
    return Planted()


FAULT = Fault("rebuild-stuck", "A rebuild is stuck", "FootingRebuildStuck", "rebuild-stuck", _plant, is_on_board=False)
