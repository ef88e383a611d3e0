"""The other published services, most of them an adviser in a GP surgery: one scheme each, told beside one another."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Final

from ops.simulator.cast import Cast, Group
from ops.simulator.chance import Chance
from ops.simulator.course import LONDON, Course, Session
from ops.simulator.partner import PROVIDES, REFERS, SimulatedPartner
from ops.simulator.telling import Scenario, Telling, in_order, of_casts, records
from ops.simulator.wire import Said

_IN_SURGERIES: Final = (
    "bridgend", "paisley-argyll", "somerset", "gateshead", "east-lancashire", "tomorrows-people", "fit-note-fund",
)  # fmt: skip
_BOTH: Final = (*REFERS, *PROVIDES)
_PARTNERS: Final = (
    SimulatedPartner("surgery-referrals", (*_IN_SURGERIES, "exercise-programme"), REFERS),
    SimulatedPartner("surgery-advisers", _IN_SURGERIES, PROVIDES),
    SimulatedPartner("leisure-centres", ("exercise-programme",), PROVIDES),
    SimulatedPartner("small-business-line", ("small-business-support",), _BOTH),
)
_DAYS: Final = (date(2004, 4, 5), date(2006, 3, 31))
_RECENT: Final = (date(2024, 10, 7), date(2026, 4, 17))

EMPLOYERS: Final = 30  # who call the line for small businesses


def _adviser(scheme_id: str, *groups: Group, **more: object) -> Cast:
    said = {"refers": "surgery-referrals", "provides": "surgery-advisers", "days": _DAYS, "setting": "gp_practice"}
    return Cast(scheme_id=scheme_id, groups=groups, **{**said, **more})  # type: ignore[arg-type]


CASTS: Final = (
    _adviser(
        "bridgend",
        Group(entry="out_of_work", people=16, in_work=7, in_work_at_52=6, training=2, left_early=2),
        Group(entry="at_work", people=8, in_work=7, in_work_at_52=6),
    ),
    _adviser(
        "paisley-argyll",
        Group(entry="out_of_work", people=16, in_work=6, in_work_at_52=5, training=2, unknown=1, left_early=2),
        Group(entry="at_work", people=8, in_work=7, in_work_at_52=7),
    ),
    _adviser(
        "somerset",
        Group(entry="out_of_work", people=14, in_work=6, in_work_at_52=5, training=2, left_early=2),
        Group(entry="absent", people=10, in_work=7, in_work_at_52=6, unknown=1),
    ),
    _adviser(
        "gateshead",
        Group(entry="out_of_work", people=16, in_work=8, in_work_at_52=7, left_early=2),
        Group(entry="absent", people=14, in_work=10, in_work_at_52=9, unknown=1, left_early=1),
        practices=6,
    ),
    _adviser(
        "east-lancashire",
        Group(entry="at_work", people=18, in_work=15, in_work_at_52=13, unknown=1),
        Group(entry="absent", people=6, in_work=4, in_work_at_52=4, left_early=1),
        practices=5, barriers=("long_term_condition",),
    ),
    _adviser(
        "tomorrows-people",
        Group(entry="out_of_work", people=122, in_work=61, in_work_at_52=49, training=20, unknown=6, left_early=14),
        Group(entry="absent", people=40, in_work=28, in_work_at_52=24, unknown=2, left_early=4),
    ),
    _adviser(
        "fit-note-fund",
        Group(entry="absent", people=40, in_work=28, in_work_at_52=28, unknown=2, left_early=4),
        Group(entry="at_work", people=20, in_work=17, in_work_at_52=17),
        practices=30, days=_RECENT, sources=("A1", "A3"),
    ),
    _adviser(
        "exercise-programme",
        Group(entry="none", people=20, left_early=4),
        Group(entry="out_of_work", people=20, left_early=4),
        Group(entry="at_work", people=15, left_early=2, never_started=5),
        provides="leisure-centres", days=(date(2024, 4, 8), date(2025, 12, 12)), sources=("A3",), sessions=12,
        setting="community",
    ),
)  # fmt: skip

_told_casts = of_casts(CASTS)


def _tell(telling: Telling) -> Iterator[Said]:
    return in_order((*_told_casts(telling), *_calls_of_employers(telling)))


def _calls_of_employers(telling: Telling) -> Iterator[Said]:
    """Advice without a case: an employer rings, is answered, and no person is ever named."""
    for number in range(EMPLOYERS):
        if telling.chooses(number):
            course = _call(number, Chance(telling.seed, "small-business-support", number))
            yield from records(course, telling, number)


def _call(number: int, chance: Chance) -> Course:
    day = date(2009, 4, 6) + timedelta(weeks=2 * number)
    rung = datetime.combine(day, time(9 + chance.randint(0, 6), 5), LONDON)
    answer = Session(
        starts=rung + timedelta(minutes=5),
        minutes=30,
        interventions=("advice_call", "signpost") if chance.happens(0.4) else ("advice_call",),
        delivered_by="occupational_health",
        mechanism="02",
        setting="remote",
    )
    return Course(
        scheme_id="small-business-support",
        refers="small-business-line",
        provides="small-business-line",
        referred=rung,
        source_code="D1",
        employment_status="ZZ",
        sickness_absence="Z",
        organisation={"system": "employer", "code": f"employer-{number + 1:03d}"},
        person=False,
        employer_size=chance.choice(("micro", "small")),
        sessions=(answer,),
    )


SURGERIES: Final = Scenario("surgeries", "Advisers in surgeries, and the other services", _PARTNERS, _tell)
