"""The roll-out of 2008: advisers in 12 locations and 40 practices, 4,000 people in three years."""

from datetime import date
from typing import Final

from ops.simulator.cast import Cast, Group
from ops.simulator.partner import PROVIDES, REFERS, SimulatedPartner
from ops.simulator.telling import Scenario, of_casts

_SURGERIES: Final = SimulatedPartner("roll-out-surgeries", ("roll-out-2008",), REFERS)
_ADVISERS: Final = SimulatedPartner("roll-out-advisers", ("roll-out-2008",), PROVIDES)

CAST: Final = Cast(
    scheme_id="roll-out-2008",
    refers=_SURGERIES.name,
    provides=_ADVISERS.name,
    groups=(
        Group(
            entry="out_of_work",
            people=2800,
            in_work=1400,
            in_work_at_52=1120,
            training=280,
            unknown=140,
            left_early=420,
        ),
        Group(entry="absent", people=800, in_work=560, in_work_at_52=480, unknown=40, left_early=80),
        Group(entry="at_work", people=400, in_work=340, in_work_at_52=300, unknown=20, left_early=20),
    ),
    days=(date(2008, 4, 1), date(2011, 3, 31)),
    setting="gp_practice",
)

ROLL_OUT_2008: Final = Scenario(
    "roll-out-2008",
    "Employment advisers in 12 locations: 40 practices, 4,000 people, three years",
    (_SURGERIES, _ADVISERS),
    of_casts((CAST,)),
)
