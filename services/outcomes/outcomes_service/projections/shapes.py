"""What the read models read of each payload: the fields of a fact, and no other.

A code that this version does not know, or anything else out of the ordinary, raises: such a record is read in full.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from contracts import vocabulary as v
from contracts.accepted import Accepted
from contracts.texts import NAME_PATTERN, ORGANISATION_PATTERN, PRACTICE_PATTERN, UUID_PATTERN
from contracts.topics import types_on

Uuid = Annotated[str, Meta(pattern=UUID_PATTERN)]
Name = Annotated[str, Meta(pattern=NAME_PATTERN)]
Organisation = Annotated[str, Meta(pattern=ORGANISATION_PATTERN)]
Notes = Annotated[int, Meta(ge=0, le=10_000_000)]
Week = Annotated[int, Meta(ge=1, le=260)]


class Shape(msgspec.Struct, frozen=True, gc=False):
    """What is read of any payload about a referral."""

    referral_id: str

    def agrees(self, event: Accepted[Any], _topic: str) -> bool:
        """Whether it is about the subject of the event."""
        return self.referral_id == event.subject


class CorrectableShape(Shape, frozen=True, gc=False):
    """The same of one that may correct an earlier event."""

    supersedes: Uuid | None = None

    def agrees(self, event: Accepted[Any], _topic: str) -> bool:
        """Whether it is about the subject of the event, and corrects another."""
        return self.referral_id == event.subject and self.supersedes != event.id


class ReferrerShape(msgspec.Struct, frozen=True, gc=False):
    """Who referred."""

    system: Literal[v.ORGANISATION_SYSTEMS]  # type: ignore[valid-type]
    code: Organisation


class ReferralShape(CorrectableShape, frozen=True, kw_only=True, gc=False):
    """Of AcceptedReferral."""

    scheme_id: Name
    source_code: Literal[v.SOURCES_OF_REFERRAL]  # type: ignore[valid-type]
    employment_status: Literal[v.EMPLOYMENT_STATUSES]  # type: ignore[valid-type]
    sickness_absence: Literal[v.SICKNESS_ABSENCES]  # type: ignore[valid-type]
    scheme_area: Name | None = None
    referrer_organisation: ReferrerShape | None = None
    main_barrier: Literal[v.MAIN_BARRIERS] | None = None  # type: ignore[valid-type]
    age_band: Literal[v.AGE_BANDS] | None = None  # type: ignore[valid-type]
    person_ref: Uuid | None = None
    synthetic: bool = False


class PlanShape(msgspec.Struct, frozen=True, gc=False):
    """Of a session's plan."""

    agreed: bool


class WeekShape(msgspec.Struct, frozen=True, gc=False):
    """Of a session's week of a programme."""

    week: Week
    weeks: Week


class SessionShape(CorrectableShape, frozen=True, kw_only=True, gc=False):
    """Of SessionHeld."""

    started_at: datetime
    minutes: Annotated[int, Meta(ge=5, le=480)]
    attendance: Literal[v.ATTENDANCES_HELD]  # type: ignore[valid-type]
    interventions: Annotated[tuple[Literal[v.INTERVENTIONS], ...], Meta(min_length=1, max_length=17)]  # type: ignore[valid-type]
    plan: PlanShape | None = None
    programme: WeekShape | None = None
    site: Organisation | None = None

    def agrees(self, event: Accepted[Any], _topic: str) -> bool:
        """As any that corrects; and it happened when it started."""
        return self.referral_id == event.subject and self.started_at == event.time and self.supersedes != event.id


class ProgrammeShape(msgspec.Struct, frozen=True, gc=False):
    """Of a programme's result."""

    result: Literal[v.PROGRAMME_RESULTS]  # type: ignore[valid-type]
    on: date


class WorkStatusShape(msgspec.Struct, frozen=True, gc=False):
    """Of a work status at a checkpoint."""

    checkpoint_weeks: Literal[v.CHECKPOINT_WEEKS]  # type: ignore[valid-type]
    status: Literal[v.WORK_STATUSES]  # type: ignore[valid-type]
    status_on: date
    definition: Literal[v.DEFINITIONS]  # type: ignore[valid-type]


class ClosureShape(msgspec.Struct, frozen=True, gc=False):
    """Of a closure."""

    reason: Literal[v.CLOSURE_REASONS]  # type: ignore[valid-type]
    on: date


class OutcomeShape(CorrectableShape, frozen=True, kw_only=True, gc=False):
    """Of OutcomeRecorded."""

    programme: ProgrammeShape | None = None
    work_status: WorkStatusShape | None = None
    closure: ClosureShape | None = None

    def agrees(self, event: Accepted[Any], topic: str) -> bool:
        """As any that corrects; and it says exactly one thing."""
        kinds = (self.programme is not None) + (self.work_status is not None) + (self.closure is not None)
        return kinds == 1 and CorrectableShape.agrees(self, event, topic)


class TargetShape(msgspec.Struct, frozen=True, gc=False):
    """Of what is void."""

    type: str
    id: Uuid


class WithdrawalShape(Shape, frozen=True, gc=False):
    """Of EntryWithdrawn where it is about a referral; the few about fit notes are read in full."""

    withdraws: TargetShape
    reason: Literal[v.WITHDRAWAL_REASONS]  # type: ignore[valid-type]

    def agrees(self, event: Accepted[Any], topic: str) -> bool:
        """It voids another event that travels on this topic; that something due was met is not said here."""
        voided = self.withdraws
        return (
            self.referral_id == event.subject
            and voided.id != event.id
            and voided.type in types_on(topic)
            and voided.type in v.WITHDRAWABLE_TYPES
            and topic != "fit-notes-counted"
            and self.reason != "met"
        )


class PracticeShape(msgspec.Struct, frozen=True, gc=False):
    """Of a practice."""

    system: Literal[v.PRACTICE_SYSTEMS]  # type: ignore[valid-type]
    code: Annotated[str, Meta(pattern=PRACTICE_PATTERN)]


class PeriodShape(msgspec.Struct, frozen=True, gc=False, rename={"from_": "from"}):
    """First and last day."""

    from_: date
    to: date


class NotesShape(msgspec.Struct, frozen=True, gc=False):
    """Of FitNotesCounted."""

    practice: PracticeShape
    period: PeriodShape
    not_fit: Notes
    may_be_fit: Notes
    synthetic: bool = False
    supersedes: Uuid | None = None

    def agrees(self, event: Accepted[Any], _topic: str) -> bool:
        """It is about the practice of the event, over at most a year, and corrects another."""
        return (
            event.subject == f"ods:{self.practice.code}"
            and 0 <= (self.period.to - self.period.from_).days <= 365
            and self.supersedes != event.id
        )


def _reader(kind: type[Any]) -> Callable[[bytes], Any]:
    return msgspec.json.Decoder(kind).decode


SHAPES: Final[Mapping[str, Callable[[bytes], Any]]] = {
    "footing.referral-made.v1": _reader(ReferralShape),
    "footing.session-held.v1": _reader(SessionShape),
    "footing.outcome-recorded.v1": _reader(OutcomeShape),
    "footing.entry-withdrawn.v1": _reader(WithdrawalShape),
    "footing.fit-notes-counted.v1": _reader(NotesShape),
    "footing.erasure-requested.v1": _reader(Shape),
}
