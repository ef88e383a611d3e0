"""The James Wigg Practice: 200 people who complete. An illustration: the article says only "more than 200 patients".

An adviser is there one day a week and sees five people for 50 minutes each: twenty people share twelve weeks, each of
them seen three times four weeks apart.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Final

from ops.simulator.chance import Chance
from ops.simulator.course import LONDON, Course, Session
from ops.simulator.partner import PROVIDES, REFERS, SimulatedPartner
from ops.simulator.telling import Scenario, Telling, in_order, records
from ops.simulator.wire import Said

PRACTICE: Final = "F83023"
_FIRST_DAY: Final = date(2004, 4, 15)  # a Thursday, the adviser's day
_PARTNER: Final = SimulatedPartner("james-wigg-practice", ("james-wigg",), (*REFERS, *PROVIDES))
_SLOTS: Final = (time(9, 30), time(10, 30), time(11, 30), time(14), time(15))
_SEEN_FOR: Final = (("cv",), ("interview",), ("career",))
_IN_TRAINING: Final = ("training",)
# How many people end how: (work status at the end, work status 52 weeks later) and the count.
_ENDS: Final = (
    (("entered_work", "entered_work"), 137),
    (("entered_work", "left_work"), 23),
    (("entered_training", "entered_work"), 6),
    (("entered_training", "not_in_work"), 8),
    (("not_in_work", "not_in_work"), 26),
)


def _tell(telling: Telling) -> Iterator[Said]:
    ends = Chance(telling.seed, "james-wigg", "ends").shuffled([end for end, count in _ENDS for _ in range(count)])
    return in_order(
        record
        for number, end in enumerate(ends)
        if telling.chooses(number)
        for record in records(_course(number, end, Chance(telling.seed, "james-wigg", number)), telling, number)
    )


def _course(number: int, end: tuple[str, str], chance: Chance) -> Course:
    block, place = divmod(number, 20)
    week, slot = divmod(place, 5)
    first = _FIRST_DAY + timedelta(weeks=12 * block + week)
    waited = chance.days(2, 12)
    ended = first + timedelta(weeks=12)
    return Course(
        scheme_id="james-wigg",
        refers=_PARTNER.name,
        provides=_PARTNER.name,
        referred=datetime.combine(first - waited, time(9 + chance.randint(0, 7), 15), LONDON),
        source_code="A1",
        employment_status=chance.choice(("02", "02", "04", "06")),
        sickness_absence="8",
        organisation={"system": "ods", "code": PRACTICE},
        barrier=chance.choice(("mental_health", "mental_health", "msk", "long_term_condition")),
        programme_weeks=12,
        sessions=tuple(_session(first, seen, slot, end) for seen in range(3)),
        result="completed",
        ended=ended,
        statuses=_statuses(*end),
        closure="completed" if end[0] == "not_in_work" else "goals_met",
        closed=ended + timedelta(days=7),
    )


def _session(first: date, seen: int, slot: int, end: tuple[str, str]) -> Session:
    trained = seen == 2 and end[0] == "entered_training"
    return Session(
        starts=datetime.combine(first + timedelta(weeks=4 * seen), _SLOTS[slot], LONDON),
        minutes=50,
        interventions=_IN_TRAINING if trained else _SEEN_FOR[seen],
        delivered_by="employment_adviser",
        mechanism="01",
        setting="gp_practice",
        site=PRACTICE,
        agrees_plan="seek" if seen == 1 else None,
    )


def _statuses(at_end: str, at_52: str) -> dict[int, str]:
    """The status holds until half a year after, then is what it is at 52 weeks."""
    return {0: at_end, 4: at_end, 13: at_end, 26: at_52, 52: at_52}


JAMES_WIGG: Final = Scenario("james-wigg", "James Wigg Practice: 200 people who complete", (_PARTNER,), _tell)
