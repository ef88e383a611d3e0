"""The ten fit-for-work pilots of 2010, thirty people each, by the routes and kinds of people that each was for."""

from datetime import date
from typing import Any, Final

from ops.simulator.cast import Cast, Group
from ops.simulator.partner import PROVIDES, REFERS, SimulatedPartner
from ops.simulator.telling import Scenario, of_casts

_ENGLISH: Final = (
    "leicester", "nottinghamshire", "central-west-midlands", "north-staffordshire", "kent-margate", "wakefield",
    "kensington-chelsea",
)  # fmt: skip
_EVERY_SOURCE: Final = ("A1", "A3", "B1", "B2", "C1", "C3", "D1", "D2", "G4", "M5", "M6")
_PARTNERS: Final = (
    SimulatedPartner("fit-for-work-referrals", ("dundee", "rhyl", *_ENGLISH), REFERS),
    SimulatedPartner("fit-for-work-england", _ENGLISH, PROVIDES),
    SimulatedPartner("fit-for-work-dundee", ("dundee",), PROVIDES),
    SimulatedPartner("fit-for-work-rhyl", ("rhyl",), PROVIDES),
    SimulatedPartner("salus", ("salus-advice-line",), (*REFERS, *PROVIDES)),
)
_DAYS: Final = (date(2010, 4, 12), date(2012, 3, 16))


def _pilot(scheme_id: str, provides: str, *groups: Group, **more: Any) -> Cast:
    said = {"refers": "fit-for-work-referrals", "days": _DAYS, **more}
    return Cast(scheme_id=scheme_id, provides=provides, groups=groups, **said)


CASTS: Final = (
    _pilot(
        "salus-advice-line", "salus",
        Group(entry="at_work", people=18, in_work=6, in_work_at_52=5, only_call=12),
        Group(entry="absent", people=12, in_work=5, in_work_at_52=4, unknown=1, only_call=6),
        refers="salus", sources=("D1", "B1"), wait_days=(0, 0), mechanism="02", setting="remote", employer_size="small",
    ),
    _pilot(
        "dundee", "fit-for-work-dundee",
        Group(entry="at_work", people=30, in_work=24, in_work_at_52=21, unknown=2, left_early=3),
        sources=("D1", "A1", "D2"), setting="workplace", employer_size="medium",
    ),
    _pilot(
        "rhyl", "fit-for-work-rhyl",
        Group(entry="absent", people=30, in_work=20, in_work_at_52=17, unknown=2, left_early=3),
        setting="gp_practice",
    ),
    _pilot(
        "leicester", "fit-for-work-england",
        Group(entry="out_of_work", people=14, in_work=5, in_work_at_52=4, training=2, left_early=2),
        Group(entry="absent", people=10, in_work=7, in_work_at_52=6, unknown=1),
        Group(entry="at_work", people=6, in_work=5, in_work_at_52=5),
        practices=8, wait_days=(1, 7),
    ),
    _pilot(
        "nottinghamshire", "fit-for-work-england",
        Group(entry="absent", people=22, in_work=16, in_work_at_52=14, unknown=1, left_early=2),
        Group(entry="at_work", people=8, in_work=7, in_work_at_52=6),
        practices=6, sources=("D1", "A1"), barriers=("msk", "mental_health"), employer_size="large",
    ),
    _pilot(
        "central-west-midlands", "fit-for-work-england",
        Group(entry="absent", people=15, in_work=10, in_work_at_52=9, unknown=1, left_early=1),
        Group(entry="out_of_work", people=15, in_work=6, in_work_at_52=5, training=2, left_early=2),
        practices=9, sources=("A1", "D1"),
    ),
    _pilot(
        "north-staffordshire", "fit-for-work-england",
        Group(entry="out_of_work", people=30, in_work=9, in_work_at_52=7, training=2, left_early=6, never_started=3),
        sources=("M5",), setting="jobcentre",
    ),
    _pilot(
        "kent-margate", "fit-for-work-england",
        Group(entry="out_of_work", people=20, in_work=7, in_work_at_52=6, training=1, left_early=3),
        Group(entry="absent", people=10, in_work=6, in_work_at_52=5),
        practices=12,
    ),
    _pilot(
        "wakefield", "fit-for-work-england",
        Group(entry="out_of_work", people=18, in_work=6, in_work_at_52=5, left_early=2, never_started=4),
        Group(entry="absent", people=12, in_work=7, in_work_at_52=6, unknown=1, never_started=1),
        practices=5, sources=_EVERY_SOURCE,
    ),
    _pilot(
        "kensington-chelsea", "fit-for-work-england",
        Group(entry="at_work", people=20, in_work=13, in_work_at_52=12, training=4, unknown=1),
        Group(entry="absent", people=10, in_work=7, in_work_at_52=6, training=1),
        sources=("D1", "D2"), setting="workplace", employer_size="micro",
    ),
)  # fmt: skip

FIT_FOR_WORK_2010: Final = Scenario("fit-for-work-2010", "Ten fit-for-work pilots", _PARTNERS, of_casts(CASTS))
