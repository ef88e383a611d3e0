"""WorkWell in 15 areas, before and after five of their boards were merged or split on 1 April 2026."""

from datetime import date
from typing import Final

from ops.simulator.cast import Cast, Group
from ops.simulator.partner import PROVIDES, REFERS, SimulatedPartner
from ops.simulator.telling import Scenario, of_casts

_SCHEMES: Final = ("workwell", "workwell-in-work", "workwell-out-of-work")
_HUBS: Final = SimulatedPartner("workwell-hubs", _SCHEMES, REFERS)
_COACHES: Final = SimulatedPartner("workwell-coaches", _SCHEMES, PROVIDES)
_DAYS: Final = (date(2024, 10, 7), date(2026, 6, 12))
_SOURCES: Final = ("A1", "D1", "M5", "C1", "G4", "B1", "C3")

CASTS: Final = (
    Cast(
        scheme_id="workwell",
        refers=_HUBS.name,
        provides=_COACHES.name,
        groups=(
            Group(
                entry="out_of_work",
                people=70,
                in_work=28,
                in_work_at_52=22,
                training=8,
                unknown=4,
                left_early=8,
                never_started=6,
            ),
            Group(entry="absent", people=50, in_work=34, in_work_at_52=28, unknown=2, left_early=4, never_started=2),
            Group(entry="at_work", people=24, in_work=20, in_work_at_52=18, left_early=2),
            Group(entry="employed_other", people=6, in_work=4, in_work_at_52=4),
        ),
        days=_DAYS,
        sources=_SOURCES,
        practices=30,
        sessions=4,
    ),
    Cast(
        scheme_id="workwell-in-work",
        refers=_HUBS.name,
        provides=_COACHES.name,
        groups=(
            Group(entry="at_work", people=34, in_work=28, in_work_at_52=25, unknown=2, left_early=2),
            Group(entry="absent", people=26, in_work=18, in_work_at_52=16, left_early=3),
        ),
        days=_DAYS,
        sources=_SOURCES,
        practices=30,
    ),
    Cast(
        scheme_id="workwell-out-of-work",
        refers=_HUBS.name,
        provides=_COACHES.name,
        groups=(
            Group(entry="out_of_work", people=60, in_work=24, in_work_at_52=19, training=6, unknown=3, left_early=6),
        ),
        days=_DAYS,
        sources=_SOURCES,
        practices=30,
    ),
)

WORKWELL_2025: Final = Scenario("workwell-2025", "WorkWell in 15 areas", (_HUBS, _COACHES), of_casts(CASTS))
