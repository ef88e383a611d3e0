"""What became of each referral: the fields of the view `journeys`, and what the figures need beside them."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from oracle.dump import Dump, Identity, Record
from oracle.london import london_day, moment

REFERRAL = "footing.referral-made.v1"
SESSION = "footing.session-held.v1"
NOT_HELD = "footing.session-not-held.v1"
OUTCOME = "footing.outcome-recorded.v1"
WITHDRAWN = "footing.entry-withdrawn.v1"
ERASURE = "footing.erasure-requested.v1"
READ = (REFERRAL, SESSION, OUTCOME)

CHECKPOINTS = (0, 4, 13, 26, 52)
BEFORE, AFTER = timedelta(days=14), timedelta(days=28)

# A code that nobody here knows yet comes from a newer writer, and reads as this.
UNKNOWN_CODE = "not_known_here"
SOURCES = {"A1", "A3", "B1", "B2", "C1", "C3", "D1", "D2", "G4", "M5", "M6"}
STATUSES = {"01", "02", "03", "04", "05", "06", "07", "08", "ZZ"}
ABSENCES = {"Y", "N", "Z", "X", "8"}
BARRIERS = {"mental_health", "msk", "long_term_condition", "injury", "other", "not_recorded"}
AGES = {"16-24", "25-34", "35-44", "45-54", "55-64", "65+", "not_known"}
WORK = {
    "entered_work", "returned_to_work", "stayed_in_work", "entered_training", "left_work", "not_in_work", "unknown"
}  # fmt: skip
CLOSURES = {
    "goals_met", "completed", "moved", "needs_met_elsewhere", "withdrew", "no_contact", "ineligible", "declined", "died",
    "service_ended",
}  # fmt: skip


@dataclass(frozen=True)
class Status:
    """What was said of somebody's work at a checkpoint."""

    weeks: int
    status: str
    on: date
    definition: str
    sequence: int


@dataclass(frozen=True)
class Session:
    """A session that stands."""

    at: datetime
    interventions: tuple[str, ...]
    plan: bool
    programme_weeks: int | None


@dataclass(frozen=True)
class Journey:
    """All that stands about one referral."""

    id: str
    partner: str
    made: Record
    sessions: tuple[Session, ...]
    statuses: tuple[Status, ...]
    programme_started: date | None
    programme_weeks: int | None
    completed: date | None
    left: date | None
    closed: tuple[date, str] | None
    applied: frozenset[str]

    @property
    def scheme(self) -> str:
        """The scheme it was made to."""
        return str(self.made.payload["scheme_id"])

    @property
    def area(self) -> str:
        """The area that the gate resolved."""
        return str(self.made.payload["scheme_area"])

    @property
    def synthetic(self) -> bool:
        """Whether it was made up."""
        return bool(self.made.payload.get("synthetic", False))

    @property
    def person(self) -> tuple[str, str] | None:
        """The person within the scheme, by partner; none in a scheme about employers."""
        ref = self.made.payload.get("person_ref")
        return None if ref is None else (self.partner, str(ref))

    @property
    def group(self) -> str:
        """The entry group, of employment status and sickness absence."""
        return entry_group(self.made.payload["employment_status"], self.made.payload["sickness_absence"])

    @property
    def ended(self) -> date | None:
        """Where checkpoints count from: the end of the programme, else closure."""
        ends = [day for day in (self.completed, self.left) if day is not None]
        if ends:
            return max(ends)
        return self.closed[0] if self.closed else None

    def window(self, weeks: int) -> tuple[date, date] | None:
        """First and last day of a checkpoint's window."""
        if self.ended is None:
            return None
        target = self.ended + timedelta(weeks=weeks)
        return target - BEFORE, target + AFTER

    def at(self, weeks: int, definition: str | None = None) -> Status | None:
        """The status that counts at a checkpoint: of those within the window the latest `on`, then the last accepted."""
        window = self.window(weeks)
        fitting = [
            status
            for status in self.statuses
            if status.weeks == weeks
            and definition in (None, status.definition)
            and window is not None
            and window[0] <= status.on <= window[1]
        ]
        return max(fitting, key=lambda status: (status.on, status.sequence), default=None)

    def closed_window(self, weeks: int, as_of: date) -> bool:
        """Whether the window is over on a day: its last day lies behind."""
        window = self.window(weeks)
        return window is not None and window[1] < as_of


def entry_group(status: str, absence: str) -> str:
    """01 and Y absent, 01 and N at work, 01 otherwise employed, 02-06 out of work, all else none."""
    if status == "01":
        return {"Y": "absent", "N": "at_work"}.get(absence, "employed_other")
    return "out_of_work" if status in ("02", "03", "04", "05", "06") else "none"


def standing(dump: Dump) -> set[Identity]:
    """The events neither corrected nor withdrawn; a correction that is withdrawn does not bring back what it mended."""
    void: set[Identity] = set()
    corrected: dict[Identity, Record] = {}
    for event in dump.events.values():
        if event.type == WITHDRAWN:
            void.add((event.partner, event.payload["withdraws"]["type"], event.payload["withdraws"]["id"]))
        target = event.payload.get("supersedes")
        if target is None:
            continue
        identity = _target(dump, event, target)
        if identity is None:
            dump.complaints.append(f"{event.place}: corrects what is not there")
        elif identity in corrected:
            dump.complaints.append(f"{event.place}: corrects what {corrected[identity].place} corrected")
        else:
            corrected[identity] = event
            void.add(identity)
    return set(dump.events) - void


def _target(dump: Dump, event: Record, target: str) -> Identity | None:
    """What a correction names: an event of its own type, or a session held for one not held, or the reverse."""
    other = {SESSION: NOT_HELD, NOT_HELD: SESSION}.get(event.type, event.type)
    for identity in ((event.partner, kind, target) for kind in (event.type, other)):
        if identity in dump.events and dump.events[identity].subject == event.subject:
            return identity
    return None


def journeys(dump: Dump) -> dict[str, Journey]:
    """Every referral that stands and that nobody asked to forget, by its id."""
    stands = standing(dump)
    by_referral: dict[str, list[Record]] = defaultdict(list)
    for event in dump.events.values():
        by_referral[event.subject].append(event)
    found = {}
    for referral, events in by_referral.items():
        if any(event.type == ERASURE for event in events):
            continue
        made = [event for event in events if event.type == REFERRAL and event.identity in stands]
        if len(made) > 1:
            dump.complaints.append(f"{referral}: {len(made)} referrals stand under one id")
        if made:
            found[referral] = _journey(max(made, key=lambda event: event.sequence), events, stands)
    return found


def _journey(made: Record, events: list[Record], stands: set[Identity]) -> Journey:
    alive = [event for event in events if event.identity in stands]
    sessions = sorted((_session(event) for event in alive if event.type == SESSION), key=lambda session: session.at)
    outcomes = [event for event in alive if event.type == OUTCOME]
    first = next((session for session in sessions if session.programme_weeks is not None), None)
    closures = [
        (
            date.fromisoformat(event.payload["closure"]["on"]),
            event.sequence,
            known(event.payload["closure"]["reason"], CLOSURES),
        )
        for event in outcomes
        if "closure" in event.payload
    ]
    last = max(closures, default=None)
    return Journey(
        id=made.subject,
        partner=made.partner,
        made=made,
        sessions=tuple(sessions),
        statuses=tuple(_status(event) for event in outcomes if "work_status" in event.payload),
        programme_started=london_day(first.at) if first else None,
        programme_weeks=first.programme_weeks if first else None,
        completed=_programme(outcomes, "completed"),
        left=_programme(outcomes, "left_early"),
        closed=(last[0], last[2]) if last else None,
        applied=frozenset(event.id for event in events if _read(event)),
    )


def _read(event: Record) -> bool:
    return event.type in READ or (event.type == WITHDRAWN and event.payload["withdraws"]["type"] in READ)


def _session(event: Record) -> Session:
    payload = event.payload
    return Session(
        at=moment(payload["started_at"]),
        interventions=tuple(payload["interventions"]),
        plan=bool((payload.get("plan") or {}).get("agreed", False)),
        programme_weeks=(payload.get("programme") or {}).get("weeks"),
    )


def _status(event: Record) -> Status:
    said = event.payload["work_status"]
    return Status(
        weeks=said["checkpoint_weeks"],
        status=known(said["status"], WORK),
        on=date.fromisoformat(said["status_on"]),
        definition=said["definition"],
        sequence=event.sequence,
    )


def _programme(outcomes: Iterable[Record], result: str) -> date | None:
    said = (event.payload["programme"] for event in outcomes if "programme" in event.payload)
    return max((date.fromisoformat(one["on"]) for one in said if one["result"] == result), default=None)


def known(code: str, codes: set[str]) -> str:
    """A code as it reads here."""
    return code if code in codes else UNKNOWN_CODE


def row(journey: Journey) -> dict[str, Any]:
    """The journey as the view shows it: fields that say nothing are left out, moments in UTC with milliseconds."""
    made = journey.made.payload
    plans = [session.at for session in journey.sessions if session.plan]
    programme = {
        "started_at": journey.programme_started,
        "completed_at": journey.completed,
        "left_at": journey.left,
    }
    checkpoints = {str(weeks): journey.at(weeks) for weeks in CHECKPOINTS}
    shown: dict[str, Any] = _said(
        {
            "_id": journey.id,
            "scheme_id": journey.scheme,
            "area": journey.area,
            "practice": _practice(made.get("referrer_organisation") or {}),
            "source_code": known(made["source_code"], SOURCES),
            "entry": {
                "status": known(made["employment_status"], STATUSES),
                "absence": known(made["sickness_absence"], ABSENCES),
                "group": journey.group,
            },
            "main_barrier": known(made.get("main_barrier") or "not_recorded", BARRIERS),
            "age_band": known(made.get("age_band") or "not_known", AGES),
            "synthetic": journey.synthetic,
            "referred_at": journey.made.time,
            "first_session_at": journey.sessions[0].at if journey.sessions else None,
            "sessions": len(journey.sessions),
            "plan_agreed_at": min(plans, default=None),
            "programme": programme,
            "checkpoints": {
                weeks: {"status": said.status, "on": said.on, "definition": said.definition}
                for weeks, said in checkpoints.items()
                if said is not None
            },
            "closed_at": journey.closed[0] if journey.closed else None,
            "closed_reason": journey.closed[1] if journey.closed else None,
            "person_ref": made.get("person_ref"),
            "version": len(journey.applied),
            "applied": sorted(journey.applied),
        }
    )
    return shown


def _practice(organisation: dict[str, Any]) -> str | None:
    """A code of the register is a practice's by its shape: a letter and five digits. Boards have such codes too."""
    code = organisation.get("code", "")
    return code if organisation.get("system") == "ods" and re.fullmatch("[A-Z][0-9]{5}", code) else None


def _said(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _said(inner) for key, inner in value.items() if _said(inner) not in (None, {})}
    if isinstance(value, datetime):
        return as_text(value)
    return value.isoformat() if isinstance(value, date) else value


def as_text(at: datetime) -> str:
    """A moment as both sides of a comparison write it; what is finer than a millisecond is cut off."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")
