"""A case as its service knows it, and what is due about it. Facts are kept; waits, weeks and dues follow from them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from contracts.envelope import Event
from contracts.outcome_recorded import OutcomeRecorded
from contracts.session_held import SessionHeld
from schemes import Scheme, Schemes
from servicekit.days import day_of
from servicekit.documents import Document
from servicekit.entries import Entries

OPENS_BEFORE: Final = timedelta(days=14)  # the window of a checkpoint, as it is counted
CLOSES_AFTER: Final = timedelta(days=28)
_WEEK: Final = timedelta(weeks=1)
# Nobody is asked again who never took part, who asked to be left alone, or who died.
NOT_FOLLOWED_UP: Final = frozenset({"declined", "ineligible", "withdrew", "died"})


@dataclass(frozen=True, slots=True)
class Known:
    """The reference data of this service."""

    schemes: Schemes


class Session(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is kept of a session held: its event, its day, and which week of how long a programme it was."""

    on: date
    partner: str
    id: str
    week: int | None = None
    weeks: int | None = None


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is kept of an outcome: its event, and whether it ends the programme, closes the case or is a checkpoint."""

    partner: str
    id: str
    programme_ended_on: date | None = None
    closed_on: date | None = None
    closed_because: str | None = None
    checkpoint_weeks: int | None = None


class Told(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A FollowUpDue that was announced, and whether it was withdrawn since."""

    what: str
    checkpoint_weeks: int | None = None
    withdrawn: bool = False


class Case(Document, kw_only=True, omit_defaults=True):
    """One case. Until `opened_at`, the time of its referral, stands its referral is unknown here.

    `next_due_on` is the next day on which something is to be announced, `due_from` the first on which anything is due,
    both as seen on `as_of`, the latest day on which something was accepted.
    """

    scheme_id: str | None = None
    scheme_area: str | None = None
    partner: str | None = None
    synthetic: bool = False
    opened_at: datetime | None = None
    referral_sequence: int = 0
    withdrawn_at: datetime | None = None
    erased_at: datetime | None = None
    entries: Entries = Entries()
    sessions: tuple[Session, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    told: tuple[Told, ...] = ()
    as_of: date | None = None
    next_due_on: date | None = None
    due_from: date | None = None

    @property
    def opened_on(self) -> date | None:
        """The day in London on which the referral was made."""
        return day_of(self.opened_at) if self.opened_at is not None else None

    @property
    def wait_days(self) -> int | None:
        """Days from the referral to the first session held."""
        opened = self.opened_on
        return (self.sessions[0].on - opened).days if self.sessions and opened is not None else None

    @property
    def programme_ended_on(self) -> date | None:
        """When the programme was completed or left; the latest day if several say so."""
        if not self.outcomes:
            return None
        return max((o.programme_ended_on for o in self.outcomes if o.programme_ended_on is not None), default=None)

    @property
    def closed(self) -> Outcome | None:
        """The closure; the latest if there are several."""
        closures = [(o.closed_on, o.id, o) for o in self.outcomes if o.closed_on is not None]
        return max(closures)[2] if closures else None


@dataclass(frozen=True, slots=True, order=True)
class Due:
    """Something to be done about a case by `due_on`. A checkpoint can be met within its window only."""

    due_on: date
    what: str
    checkpoint_weeks: int | None = None

    @property
    def opens_on(self) -> date:
        """From this day on it is shown and announced."""
        return self.due_on - OPENS_BEFORE

    @property
    def told_until(self) -> date:
        """After this day it is announced no more: old data that are loaded stay quiet."""
        return self.due_on + CLOSES_AFTER

    def stands_on(self, day: date) -> bool:
        """Whether it is to be done on this day, in time or late."""
        return self.opens_on <= day and (self.what != "checkpoint" or day <= self.told_until)

    def is_told(self, case: Case) -> bool:
        """Whether it was announced before."""
        return bool(case.told) and any(
            (told.what, told.checkpoint_weeks) == (self.what, self.checkpoint_weeks) for told in case.told
        )

    def overdue_days(self, day: date) -> int:
        """By how many days it is late."""
        return max(0, (day - self.due_on).days)


def due(case: Case, scheme: Scheme | None) -> tuple[Due, ...]:
    """Everything that is still to be done about a case, earliest first, whatever day it is."""
    opened = case.opened_on
    if scheme is None or opened is None or case.withdrawn_at is not None:
        return ()
    closed, ended = case.closed, case.programme_ended_on
    if closed is not None and closed.closed_because in NOT_FOLLOWED_UP:
        return ()
    items: list[Due] = []
    if closed is None and ended is None:
        promise = None if case.sessions else scheme.promise_on("first_contact", opened)
        if promise is not None:
            items.append(Due(opened + timedelta(days=promise.within_days), "first_contact"))
        planned = planned_end(case, scheme)
        if planned is not None:
            items.append(Due(planned, "programme_end"))
    counted_from = ended or (closed.closed_on if closed is not None else None)
    programme = None if counted_from is None else scheme.programme_on(case.scheme_area, opened)
    if counted_from is not None and programme is not None:
        recorded = {outcome.checkpoint_weeks for outcome in case.outcomes}
        open_weeks = (weeks for weeks in programme.checkpoints if weeks not in recorded)
        items += [Due(counted_from + timedelta(weeks=weeks), "checkpoint", weeks) for weeks in open_weeks]
    return tuple(sorted(items))


def planned_end(case: Case, scheme: Scheme) -> date | None:
    """When the programme is to end: as its sessions say, else its scheme's length from the first session."""
    weekly = [(s.on - _WEEK * (s.week - 1), s.weeks) for s in case.sessions if s.week is not None and s.weeks]
    if weekly:
        started, weeks = min(weekly)
        return started + timedelta(weeks=weeks)
    programme = scheme.programme_on(case.scheme_area, case.opened_on) if case.opened_on is not None else None
    return case.sessions[0].on + timedelta(weeks=programme.weeks) if case.sessions and programme is not None else None


def seen_on(case: Case, day: date) -> Case:
    """The case as of that day, or of a later one if something was accepted then."""
    return case if case.as_of is not None and case.as_of >= day else msgspec.structs.replace(case, as_of=day)


def scheduled(case: Case, items: Iterable[Due]) -> Case:
    """The case with the days on which somebody is to look at it again, as seen on `as_of`."""
    today = case.as_of or date.min
    open_items = [item for item in items if item.what != "checkpoint" or item.told_until >= today]
    untold = [item.opens_on for item in open_items if item.told_until >= today and not item.is_told(case)]
    first = min((item.opens_on for item in open_items), default=None)
    return msgspec.structs.replace(case, next_due_on=min(untold, default=None), due_from=first)


def with_session(case: Case, event: Event[SessionHeld]) -> Case:
    """The case with one session more, in the order of days."""
    programme = event.data.programme
    session = Session(
        on=day_of(event.data.started_at),
        partner=event.partner,
        id=event.id,
        week=programme.week if programme is not None else None,
        weeks=programme.weeks if programme is not None else None,
    )
    sessions = (*case.sessions, session)
    if len(sessions) > 1 and _by_day(sessions[-2]) > _by_day(session):  # most come in order
        sessions = tuple(sorted(sessions, key=_by_day))
    return msgspec.structs.replace(case, sessions=sessions)


def _by_day(session: Session) -> tuple[date, str, str]:
    return session.on, session.partner, session.id


def without_session(case: Case, partner: str, event_id: str) -> Case:
    """The case without the session of that event."""
    left = tuple(s for s in case.sessions if (s.partner, s.id) != (partner, event_id))
    return msgspec.structs.replace(case, sessions=left)


def with_outcome(case: Case, event: Event[OutcomeRecorded]) -> Case:
    """The case with one outcome more."""
    said = event.data
    ended = said.programme is not None and said.programme.result in ("completed", "left_early")
    outcome = Outcome(
        partner=event.partner,
        id=event.id,
        programme_ended_on=said.programme.on if said.programme is not None and ended else None,
        closed_on=said.closure.on if said.closure is not None else None,
        closed_because=said.closure.reason if said.closure is not None else None,
        checkpoint_weeks=said.work_status.checkpoint_weeks if said.work_status is not None else None,
    )
    in_order = sorted((*case.outcomes, outcome), key=lambda o: (o.partner, o.id))
    return msgspec.structs.replace(case, outcomes=tuple(in_order))


def without_outcome(case: Case, partner: str, event_id: str) -> Case:
    """The case without the outcome of that event."""
    left = tuple(o for o in case.outcomes if (o.partner, o.id) != (partner, event_id))
    return msgspec.structs.replace(case, outcomes=left)
