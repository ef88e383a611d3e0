"""The scenarios by name, one file each. `all` tells every one of them, one after the other."""

from collections.abc import Iterator
from typing import Final

from ops.simulator.scenarios.fit_for_work_2010 import FIT_FOR_WORK_2010
from ops.simulator.scenarios.fit_notes import FIT_NOTES
from ops.simulator.scenarios.james_wigg import JAMES_WIGG
from ops.simulator.scenarios.roll_out_2008 import ROLL_OUT_2008
from ops.simulator.scenarios.surgeries import SURGERIES
from ops.simulator.scenarios.workwell_2025 import WORKWELL_2025
from ops.simulator.telling import Scenario, Telling
from ops.simulator.wire import Said

_EACH: Final = (JAMES_WIGG, SURGERIES, ROLL_OUT_2008, FIT_FOR_WORK_2010, WORKWELL_2025, FIT_NOTES)


def _tell_all(telling: Telling) -> Iterator[Said]:
    for scenario in _EACH:
        yield from scenario.tell(telling)


ALL: Final = Scenario("all", "Every scheme", tuple(p for scenario in _EACH for p in scenario.partners), _tell_all)
SCENARIOS: Final = {scenario.name: scenario for scenario in (*_EACH, ALL)}
