"""One person's way through a scheme: decided by a scenario as a `Course`, told here as the facts that partners say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from ops.simulator.chance import Chance
from ops.simulator.wire import Fact, fact

LONDON: Final = ZoneInfo("Europe/London")
HORIZON: Final = datetime(2026, 6, 30, 18, tzinfo=UTC)  # nothing is said to have happened after it

_LASTING_WEEKS: Final = 16  # of which 13 are in work, before anybody can be counted so
_IN_WORK: Final = ("entered_work", "returned_to_work", "stayed_in_work")
_PERMISSIONS: Final = (
    ("referring_gp", "receipt"), ("referring_gp", "progress"), ("referring_gp", "outcome"), ("person", "receipt"),
    ("person", "progress"), ("person", "outcome"), ("employer", "receipt"), ("jobcentre", "receipt"),
)  # fmt: skip
_AGES: Final = ("16-24", "25-34", "35-44", "45-54", "55-64", "65+", "not_known")


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One planned session; `attendance` 5 or 6: held, else not."""

    starts: datetime
    minutes: int
    interventions: tuple[str, ...]
    delivered_by: str
    mechanism: str
    setting: str
    site: str | None = None
    attendance: int = 5
    agrees_plan: str | None = None

    @property
    def held(self) -> bool:
        """Whether it took place."""
        return self.attendance in (5, 6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What shall come of one referral. Absent parts did not happen; `statuses` are by week after the programme."""

    scheme_id: str
    refers: str
    provides: str
    referred: datetime
    source_code: str
    employment_status: str
    sickness_absence: str
    area: str | None = None
    organisation: Mapping[str, str] | None = None
    person: bool = True
    barrier: str | None = None
    employer_size: str | None = None
    programme_weeks: int | None = None
    sessions: tuple[Session, ...] = ()
    result: str | None = None
    ended: date | None = None
    statuses: Mapping[int, str] | None = None
    definitions: tuple[str, ...] = ("seed",)
    closure: str | None = None
    closed: date | None = None

    def begun(self) -> "Course":
        """The same up to the first session held."""
        first = next((session for session in self.sessions if session.held), None)
        return replace(
            self, sessions=(first,) if first else (), result=None, ended=None, statuses=None, closure=None, closed=None
        )


def tell(course: Course, chance: Chance) -> list[Fact]:
    """The facts of a course in the order in which they happened, up to the horizon."""
    referral = chance.identity(course.referred)
    about = {"referral_id": referral, "synthetic": True}
    facts = [_referral(course, about, chance)]
    facts += _sessions(course, about, chance)
    facts += _outcomes(course, about, chance)
    return [told for told in facts if told.time <= HORIZON]


def at_noon(day: date) -> datetime:
    """Midday in London."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=LONDON)


def _referral(course: Course, about: dict[str, Any], chance: Chance) -> Fact:
    data: dict[str, Any] = {**about, "scheme_id": course.scheme_id}
    optional = {
        "scheme_area": course.area,
        "person_token": chance.token() if course.person else None,
        "referrer_organisation": course.organisation,
        "main_barrier": course.barrier,
        "employer_size": course.employer_size,
        "age_band": chance.choice(_AGES) if course.person else None,
    }
    data |= {name: value for name, value in optional.items() if value is not None}
    data |= {"source_code": course.source_code, "employment_status": course.employment_status}
    data |= {"sickness_absence": course.sickness_absence}
    day = course.referred.date()
    if course.sickness_absence == "Y":
        data |= {"absence_started_on": (day - chance.days(7, 120)).isoformat(), "fit_note": "not_fit"}
    if course.employment_status in ("02", "04", "05", "06"):
        data["out_of_work_since"] = (day - chance.days(60, 1500)).isoformat()
    given = chance.sample(_PERMISSIONS, chance.randint(0, 4)) if course.person else []
    data |= {
        "support_needs": chance.sample(("health", "skills", "debt", "caring"), chance.randint(0, 2)),
        "voluntary": True,
        "permissions": [{"recipient": recipient, "purpose": purpose} for recipient, purpose in given],
    }
    identity = chance.identity(course.referred)
    referral = about["referral_id"]
    return fact(course.refers, "referral-made", course.referred, data, subject=referral, identity=identity)


def _sessions(course: Course, about: dict[str, Any], chance: Chance) -> Iterator[Fact]:
    adviser = Chance("adviser", course.provides, course.scheme_id, chance.randint(1, 9)).token()
    first = min((session.starts for session in course.sessions if session.held), default=None)
    for session in course.sessions:
        data: dict[str, Any] = {**about, "session_id": chance.identity(session.starts)}
        if session.held:
            data |= _held(course, session, first, adviser)
            event, time = "session-held", session.starts
        else:
            data |= {"planned_at": session.starts.isoformat(), "mechanism": session.mechanism}
            data["attendance"] = session.attendance
            event, time = "session-not-held", session.starts + timedelta(minutes=20)
        referral, identity = about["referral_id"], chance.identity(time)
        yield fact(course.provides, event, time, data, subject=referral, identity=identity)


def _held(course: Course, session: Session, first: datetime | None, adviser: str) -> dict[str, Any]:
    data: dict[str, Any] = {
        "started_at": session.starts.isoformat(timespec="milliseconds"),
        "minutes": session.minutes,
        "mechanism": session.mechanism,
        "setting": session.setting,
        "delivered_by": session.delivered_by,
        "adviser_token": adviser,
        "attendance": session.attendance,
        "interventions": list(session.interventions),
    }
    if session.site:
        data["site"] = session.site
    if session.agrees_plan:
        data["plan"] = {"agreed": True, "aim": session.agrees_plan}
    if course.programme_weeks and first:
        week = (session.starts.date() - first.date()).days // 7 + 1
        data["programme"] = {"name": course.scheme_id, "week": week, "weeks": course.programme_weeks}
    return data


def _outcomes(course: Course, about: dict[str, Any], chance: Chance) -> Iterator[Fact]:
    def outcome(on: date, kind: str, said: dict[str, Any]) -> Fact:
        time = at_noon(on) + timedelta(minutes=chance.randint(0, 240))
        data = {**about, "outcome_id": chance.identity(time), kind: said}
        referral, identity = about["referral_id"], chance.identity(time)
        return fact(course.provides, "outcome-recorded", time, data, subject=referral, identity=identity)

    if course.result and course.ended:
        said: dict[str, Any] = {"result": course.result, "on": course.ended.isoformat()}
        if course.sessions:
            said["weeks"] = (course.ended - course.sessions[0].starts.date()).days // 7
        yield outcome(course.ended, "programme", said)
    if course.closure and course.closed:
        yield outcome(course.closed, "closure", {"reason": course.closure, "on": course.closed.isoformat()})
    for weeks, status in (course.statuses or {}).items():
        end = course.ended or course.closed
        if end is None:
            raise ValueError("a work status at a checkpoint needs the end that weeks are counted from")
        on = end + timedelta(weeks=weeks) + chance.days(0, 10 if weeks else 0)
        for definition in course.definitions:
            counted = _under(definition, weeks, status)
            yield outcome(on, "work_status", _work_status(weeks, counted, on, definition, chance))


def _under(definition: str, weeks: int, status: str) -> str:
    """The status as a definition has it: nobody has lasted 13 of 16 weeks in work before they have passed."""
    too_early = definition == "primary-care" and weeks < _LASTING_WEEKS
    return "not_in_work" if too_early and status in _IN_WORK else status


def _work_status(weeks: int, status: str, on: date, definition: str, chance: Chance) -> dict[str, Any]:
    said: dict[str, Any] = {"checkpoint_weeks": weeks, "status": status, "status_on": on.isoformat()}
    if status in _IN_WORK:
        said["hours"] = chance.choice((16, 20, 30, 37))
        said["same_employer"] = status != "entered_work"
    known = status != "unknown"
    evidence = chance.choice(("self_report", "self_report", "employer", "payslip")) if known else "none"
    return said | {"evidence": evidence, "definition": definition}
