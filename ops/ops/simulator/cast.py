"""From counts to courses: so many people of a kind, so many of whom end so. Only details are left to chance."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final

from ops.simulator.chance import Chance
from ops.simulator.course import LONDON, Course, Session
from ops.simulator.places import Place
from schemes import Scheme

_STATUSES: Final = {
    "out_of_work": (("02", "8"), ("04", "8"), ("06", "8")),
    "absent": (("01", "Y"),),
    "at_work": (("01", "N"),),
    "employed_other": (("01", "Z"),),
    "none": (("08", "8"), ("ZZ", "Z")),
}
_IN_WORK: Final = {"absent": "returned_to_work", "at_work": "stayed_in_work", "employed_other": "stayed_in_work"}
_AIMS: Final = {"out_of_work": "seek", "absent": "return"}
_BARRIERS: Final = ("mental_health", "msk", "long_term_condition", "injury", "other", "not_recorded")
_USUAL_WEEKS: Final = 12  # where a scheme file gives no length


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """People who entered alike. Who completes and is in none of `in_work`, `training` and `unknown` is not in work.

    `in_work` at the end of the programme, `in_work_at_52` of them also 52 weeks later. Counts are people.
    """

    entry: str
    people: int
    in_work: int = 0
    in_work_at_52: int = 0
    training: int = 0
    unknown: int = 0
    left_early: int = 0
    only_call: int = 0
    never_started: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Everybody of one scheme. `sources` are dealt in turn; referrals are spread evenly over `days`."""

    scheme_id: str
    refers: str
    provides: str
    groups: tuple[Group, ...]
    days: tuple[date, date]
    sources: tuple[str, ...] = ("A1",)
    practices: int = 0
    sessions: int = 3
    wait_days: tuple[int, int] = (3, 21)
    barriers: tuple[str, ...] = _BARRIERS
    employer_size: str | None = None
    mechanism: str = "01"
    setting: str = "community"

    @property
    def people(self) -> int:
        """How many people are referred."""
        return sum(group.people for group in self.groups)


def courses(cast: Cast, scheme: Scheme, places: Sequence[Place], seed: int) -> Iterator[tuple[int, Course]]:
    """Every person's course, numbered from 0; the same number has the same course whatever else is told."""
    fates = Chance(seed, cast.scheme_id, "fates").shuffled([fate for group in cast.groups for fate in _fates(group)])
    for number, (entry, fate) in enumerate(fates):
        place = places[number % len(places)]
        chance = Chance(seed, cast.scheme_id, number)
        yield number, _Person(cast, scheme, place, number, entry, fate, chance).course(len(places))


def _fates(group: Group) -> Iterator[tuple[str, str]]:
    named = {
        "kept": group.in_work_at_52,
        "lost": group.in_work - group.in_work_at_52,
        "training": group.training,
        "unknown": group.unknown,
        "left_early": group.left_early,
        "only_call": group.only_call,
        "never_started": group.never_started,
    }
    named["not_in_work"] = group.people - sum(named.values())
    if min(named.values()) < 0:
        raise ValueError("a group says more ends than it has people")
    for fate, count in named.items():
        for _ in range(count):
            yield group.entry, fate


@dataclass(frozen=True, slots=True)
class _Person:
    """One of a cast: where, entered how, to end how."""

    cast: Cast
    scheme: Scheme
    place: Place
    number: int
    entry: str
    fate: str
    chance: Chance

    def course(self, places: int) -> Course:
        """The whole way; sources are dealt so that each place has each of them."""
        sources = self.cast.sources
        referred = self._referred(sources[(self.number + self.number // places) % len(sources)])
        match self.fate:
            case "never_started":
                return self._never_started(referred)
            case "only_call":
                call = self._sessions(referred.referred, (self.chance.randint(*self.cast.wait_days),))
                return replace(referred, sessions=call, closure="completed", closed=call[0].starts.date())
        return self._programme(referred)

    def _referred(self, source: str) -> Course:
        first, last = self.cast.days
        day = first + (last - first) * (self.number / self.cast.people)
        referred = datetime.combine(_weekday(day), time(9), LONDON) + timedelta(minutes=self.chance.randint(0, 480))
        status, absence = self.chance.choice(_STATUSES[self.entry])
        organisation, area = self.place.organisation(self.scheme, source, referred.date(), self.chance)
        return Course(
            scheme_id=self.cast.scheme_id,
            refers=self.cast.refers,
            provides=self.cast.provides,
            referred=referred,
            source_code=source,
            employment_status=status,
            sickness_absence=absence,
            area=area,
            organisation=organisation,
            barrier=self.chance.choice(self.cast.barriers),
            employer_size=self.cast.employer_size,
        )

    def _never_started(self, course: Course) -> Course:
        missed = self.chance.happens(0.5)
        planned = self._sessions(course.referred, (7,)) if missed else ()
        return replace(
            course,
            sessions=tuple(replace(session, attendance=3) for session in planned),
            closure="no_contact" if missed else "declined",
            closed=course.referred.date() + timedelta(days=21),
        )

    def _programme(self, course: Course) -> Course:
        programme = self.scheme.programme_on(self.place.area, course.referred.date())
        weeks = programme.weeks if programme else _USUAL_WEEKS
        lasted = weeks * 7 if self.fate != "left_early" else self.chance.randint(2, max(3, weeks // 2)) * 7
        wait, apart = self.chance.randint(*self.cast.wait_days), weeks * 7 // self.cast.sessions
        offsets = tuple(wait + apart * count for count in range(self.cast.sessions) if apart * count < lasted)
        sessions = self._sessions(course.referred, offsets, aim=_AIMS.get(self.entry, "thrive"))
        ended = sessions[0].starts.date() + timedelta(days=lasted)
        told = replace(course, programme_weeks=weeks, sessions=self._one_missed(sessions), ended=ended)
        if self.fate == "left_early":
            return replace(told, result="left_early", closure="withdrew", closed=ended)
        return replace(
            told,
            result="completed",
            statuses={week: self._status(week) for week in (programme.checkpoints if programme else ())},
            definitions=self.scheme.definitions,
            closure="goals_met" if self.fate in ("kept", "lost", "training") else "completed",
            closed=ended + timedelta(days=7),
        )

    def _status(self, week: int) -> str:
        in_work = _IN_WORK.get(self.entry, "entered_work")
        match self.fate:
            case "kept":
                return in_work
            case "lost":
                return in_work if week < 26 else "left_work"
            case "training":
                return "entered_training" if week < 52 else "not_in_work"
            case "unknown":
                return "unknown"
        return "not_in_work"

    def _sessions(self, referred: datetime, offsets: Sequence[int], aim: str | None = None) -> tuple[Session, ...]:
        can = self.scheme.interventions or ("signpost", "job_search")
        by = self.scheme.delivered_by or ("case_manager",)
        return tuple(
            Session(
                starts=self._starts(referred, offset),
                minutes=self.scheme.session_minutes or 45,
                interventions=(can[count % len(can)],),
                delivered_by=by[count % len(by)],
                mechanism=self.cast.mechanism,
                setting=self.cast.setting,
                site=self.place.site,
                attendance=6 if self.chance.happens(0.1) else 5,
                agrees_plan=aim if count == min(1, len(offsets) - 1) else None,
            )
            for count, offset in enumerate(offsets)
        )

    def _starts(self, referred: datetime, offset: int) -> datetime:
        day = _weekday(referred.date() + timedelta(days=offset))
        starts = datetime.combine(day, time(self.chance.randint(9, 15), self.chance.choice((0, 10, 30))), LONDON)
        return max(starts, referred + timedelta(minutes=10))

    def _one_missed(self, sessions: tuple[Session, ...]) -> tuple[Session, ...]:
        """Now and then a session between the first and the last was not held, and was held two days later."""
        if len(sessions) < 3 or not self.chance.happens(0.3):
            return sessions
        missed = replace(sessions[1], attendance=self.chance.choice((2, 3, 4, 7)), agrees_plan=None)
        again = replace(sessions[1], starts=sessions[1].starts + timedelta(days=2))
        return (sessions[0], missed, again, *sessions[2:])


def _weekday(day: date) -> date:
    """The day, or the Monday after a weekend."""
    return day + timedelta(days=(7 - day.weekday()) % 7) if day.weekday() > 4 else day
