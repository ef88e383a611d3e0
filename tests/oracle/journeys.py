"""What became of each referral, from the events that stand."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from oracle.codes import CLOSURES, WORK, entry_group, known
from oracle.dump import Dump, Identity, Record
from oracle.london import london_day, moment
from oracle.standing import ERASURE, OUTCOME, REFERRAL, SESSION, WITHDRAWN

READ = (REFERRAL, SESSION, OUTCOME)
BEFORE, AFTER = timedelta(days=14), timedelta(days=28)


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
    """A session that was held."""

    at: datetime
    interventions: tuple[str, ...]
    plan: bool
    programme_weeks: int | None
    minutes: int
    site: str | None

    @property
    def day(self) -> date:
        """Its day in London."""
        return london_day(self.at)


@dataclass(frozen=True)
class Journey:
    """All that stands about one referral. Sessions are in the order in which they were held.

    `applied` are the ids of all its events that are read, `stood` those events that stand.
    """

    made: Record
    sessions: tuple[Session, ...]
    statuses: tuple[Status, ...]
    completed: date | None
    left: date | None
    still_on: date | None
    closed: tuple[date, str] | None
    applied: tuple[str, ...]
    stood: tuple[Record, ...]

    @property
    def said(self) -> dict[str, Any]:
        """What the referral says."""
        return self.made.payload

    @property
    def referred(self) -> date:
        """The day of the referral."""
        return london_day(self.made.time)

    @property
    def synthetic(self) -> bool:
        """Whether it was made up."""
        return bool(self.said.get("synthetic", False))

    @property
    def person(self) -> tuple[str, str] | None:
        """The person within the scheme, by partner; none in a scheme about employers."""
        ref = self.said.get("person_ref")
        return None if ref is None else (self.made.partner, str(ref))

    @property
    def group(self) -> str:
        """The entry group."""
        return entry_group(self.said["employment_status"], self.said["sickness_absence"])

    @property
    def programme_started(self) -> date | None:
        """The day of the first session that names the programme."""
        return next((session.day for session in self.sessions if session.programme_weeks is not None), None)

    @property
    def ended(self) -> date | None:
        """Where checkpoints count from: the end of the programme, else closure. Who completed did not leave early."""
        return self.completed or self.left or (self.closed[0] if self.closed else None)

    def window(self, weeks: int) -> tuple[date, date] | None:
        """First and last day of a checkpoint's window."""
        if self.ended is None:
            return None
        due = self.ended + timedelta(weeks=weeks)
        return due - BEFORE, due + AFTER

    def at(self, weeks: int, definition: str | None = None) -> Status | None:
        """The status that counts at a checkpoint: of those in the window the latest `on`, then the last accepted."""
        window = self.window(weeks)
        if window is None:
            return None
        fitting = [
            status
            for status in self.statuses
            if status.weeks == weeks and definition in (None, status.definition) and window[0] <= status.on <= window[1]
        ]
        return max(fitting, key=lambda status: (status.on, status.sequence), default=None)


def journeys(dump: Dump, stands: dict[Identity, Record]) -> dict[str, Journey]:
    """Every referral that stands and that nobody asked to forget, by its id."""
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


def _journey(made: Record, events: list[Record], stands: dict[Identity, Record]) -> Journey:
    alive = [event for event in events if event.identity in stands]
    outcomes = [event for event in alive if event.type == OUTCOME]
    sessions = [_session(event.payload) for event in alive if event.type == SESSION]
    return Journey(
        made=made,
        sessions=tuple(sorted(sessions, key=lambda session: session.at)),
        statuses=tuple(_status(event) for event in outcomes if "work_status" in event.payload),
        completed=_programme(outcomes, "completed"),
        left=_programme(outcomes, "left_early"),
        still_on=_programme(outcomes, "still_on"),
        closed=_closure(outcomes),
        applied=tuple(sorted(event.id for event in events if _is_read(event))),
        stood=tuple(event for event in alive if event.type in READ),
    )


def _is_read(event: Record) -> bool:
    return event.type in READ or (event.type == WITHDRAWN and event.payload["withdraws"]["type"] in READ)


def _session(said: dict[str, Any]) -> Session:
    return Session(
        at=moment(said["started_at"]),
        interventions=tuple(said["interventions"]),
        plan=(said.get("plan") or {}).get("agreed", False),
        programme_weeks=(said.get("programme") or {}).get("weeks"),
        minutes=said.get("minutes", 0),
        site=said.get("site"),
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


def _programme(outcomes: list[Record], result: str) -> date | None:
    said = [event.payload["programme"] for event in outcomes if "programme" in event.payload]
    return max((date.fromisoformat(one["on"]) for one in said if one["result"] == result), default=None)


def _closure(outcomes: list[Record]) -> tuple[date, str] | None:
    closures = [event for event in outcomes if "closure" in event.payload]
    last = max(closures, key=lambda event: (event.payload["closure"]["on"], event.sequence), default=None)
    if last is None:
        return None
    said = last.payload["closure"]
    return date.fromisoformat(said["on"]), known(said["reason"], CLOSURES)
