"""What is still to be done about a referral, and by when. Pure: the day is an argument.

The same as the case service tells the provider by FollowUpDue: a first contact as promised, the end of the programme,
and the status at each checkpoint, whose window it must fall in to be counted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from outcomes_service.indicators.case import Case
from outcomes_service.projections.journeys import WINDOW_CLOSES, WINDOW_OPENS

CHECKPOINTS: Final = (0, 4, 13, 26, 52)
_WEEK: Final = timedelta(weeks=1)


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Due:
    """Something to be done by `due_on`. After `closes_on` nothing that is recorded counts any more."""

    due_on: date
    what: str
    checkpoint_weeks: int = -1
    referral_id: str
    area: str
    synthetic: bool
    closes_on: date | None = None

    def overdue_days(self, today: date) -> int:
        """By how many days it is late."""
        return max(0, (today - self.due_on).days)

    @property
    def title(self) -> str:
        """In words."""
        if self.what == "checkpoint":
            return f"Work status {self.checkpoint_weeks} weeks after the end" if self.checkpoint_weeks else _AT_THE_END
        return _TITLES[self.what]


_AT_THE_END: Final = "Work status at the end"
_TITLES: Final = {"first_contact": "First session", "programme_end": "End of the programme"}


def due(case: Case, today: date) -> list[Due]:
    """What is to be done on this day, in time or late, the longest due first."""
    return sorted(_in_hand(case, today)) if case.referred_on is not None else []


def _in_hand(case: Case, today: date) -> Iterator[Due]:
    if case.ended_on is None:
        for what, day in (("first_contact", _first_contact(case)), ("programme_end", planned_end(case))):
            if day is not None and day + WINDOW_OPENS <= today:
                yield _due(case, what, day)
        return
    for weeks in case.followed_up:
        day = case.ended_on + _WEEK * weeks
        is_open = day + WINDOW_OPENS <= today <= day + WINDOW_CLOSES
        if is_open and str(weeks) not in case.journey.checkpoints:
            yield _due(case, "checkpoint", day, weeks)


def _first_contact(case: Case) -> date | None:
    if case.first_session_on is not None or case.referred_on is None:
        return None
    promise = case.scheme.promise_on("first_contact", case.referred_on)
    return case.referred_on + timedelta(days=promise.within_days) if promise else None


def planned_end(case: Case) -> date | None:
    """When the programme is to end: as its sessions say, else the scheme's length from the first session."""
    if case.first_session_on is None or case.referred_on is None:
        return None
    said = [(day - _WEEK * (fact.programme[0] - 1), fact.programme[1]) for day, fact in case.sessions if fact.programme]
    if said:
        started, weeks = min(said)
        return started + _WEEK * weeks
    programme = case.scheme.programme_on(case.journey.area, case.referred_on)
    return case.first_session_on + _WEEK * programme.weeks if programme else None


def _due(case: Case, what: str, day: date, weeks: int = -1) -> Due:
    return Due(
        due_on=day,
        what=what,
        checkpoint_weeks=weeks,
        referral_id=case.journey.id,
        area=case.journey.area or "",
        synthetic=bool(case.journey.synthetic),
        closes_on=day + WINDOW_CLOSES if what == "checkpoint" else None,
    )
