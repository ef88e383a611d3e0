"""One referral's journey: a set of facts, and what follows from them. The same for any order and any repetition."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, cast

import msgspec

from contracts.accepted import read_accepted
from contracts.entry_withdrawn import EntryWithdrawn
from contracts.envelope import Event, Record, Refusal
from contracts.erasure_requested import ErasureRequested
from contracts.fit_notes_counted import FitNotesCounted
from contracts.outcome_recorded import OutcomeRecorded
from contracts.referral_made import AcceptedReferral
from contracts.session_held import SessionHeld
from outcomes_service.projections.facts import AnyFact, Held, Recorded, Referred, fact_of, is_known, order, standing
from outcomes_service.projections.shapes import (
    SHAPES,
    NotesShape,
    OutcomeShape,
    ReferralShape,
    SessionShape,
    Shape,
    WithdrawalShape,
)
from schemes.rules import entry_group
from servicekit.days import day_of
from servicekit.documents import Document
from servicekit.endings import Accept, Ignore
from servicekit.hears import Hears, Moment
from servicekit.partners import Partners
from servicekit.reading import Item

WINDOW_OPENS: Final = timedelta(days=-14)
WINDOW_CLOSES: Final = timedelta(days=28)


class Entry(msgspec.Struct, frozen=True, gc=False):
    """How work stood at entry: codes as referred, and the group that they make."""

    status: str
    absence: str
    group: str


class Programme(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The days of a programme: its first session, and the latest of each result recorded."""

    started_at: date | None = None
    completed_at: date | None = None
    left_at: date | None = None
    still_on_at: date | None = None


class Checkpoint(msgspec.Struct, frozen=True, gc=False):
    """The work status that counts at a checkpoint."""

    status: str
    on: date
    definition: str


class Journey(Document):
    """One referral as its events tell it (a practice's fit notes are kept alike, without any derived field).

    `facts` are the only source: everything below them is derived, stored so that analysts can query it. A journey
    without `scheme_id` is no referral: not made yet, withdrawn, a practice, or erased (then `erased_at` is all).
    """

    facts: tuple[AnyFact, ...] = ()
    erased_at: datetime | None = None
    scheme_id: str | None = None
    area: str | None = None
    practice: str | None = None
    partner: str | None = None
    person_ref: str | None = None
    source_code: str | None = None
    entry: Entry | None = None
    main_barrier: str | None = None
    age_band: str | None = None
    synthetic: bool | None = None
    referred_at: datetime | None = None
    first_session_at: datetime | None = None
    sessions: int = 0
    plan_agreed_at: datetime | None = None
    programme: Programme | None = None
    checkpoints: dict[str, Checkpoint] = msgspec.field(default_factory=dict)
    closed_at: date | None = None
    closed_reason: str | None = None

    @property
    def ended_on(self) -> date | None:
        """The day from which checkpoints count: the programme's end, else the closure."""
        programme = self.programme or _NO_PROGRAMME
        return programme.completed_at or programme.left_at or self.closed_at


_NO_PROGRAMME: Final = Programme()


def evolve(journey: Journey, fact: AnyFact) -> Journey:
    """The journey with one more fact, and nothing derived; the very same object if it is erased or knows the fact."""
    if journey.erased_at is not None:
        return journey
    known = journey.facts
    if is_known(fact, known):
        return journey
    place = len(known) if not known or order(known[-1]) < order(fact) else bisect_right(known, order(fact), key=order)
    facts = (*known[:place], fact, *known[place:])
    return Journey(id=journey.id, version=journey.version, facts=facts)


def completed(journey: Journey, _known: Any = None) -> Journey:
    """The journey with every derived field: worked out once for all facts of a batch."""
    return msgspec.structs.replace(journey, **derived(journey.facts))


def derived(facts: Sequence[AnyFact]) -> dict[str, Any]:
    """Every derived field of a journey, from its facts alone."""
    referral: Referred | None = None
    sessions: list[Held] = []
    outcomes: list[Recorded] = []
    for fact in standing(facts):
        match fact:
            case Held():
                sessions.append(fact)
            case Recorded():
                outcomes.append(fact)
            case Referred():
                referral = fact
    fields = {} if referral is None else _of_referral(referral)
    started_at = _add_sessions(fields, sessions) if sessions else None
    if started_at or outcomes:
        _add_outcomes(fields, outcomes, started_at)
    return fields


def checkpoint(
    facts: Iterable[AnyFact], ended_on: date, weeks: int, definition: str | None = None
) -> Checkpoint | None:
    """What counts `weeks` after the end: the latest `status_on` in the window, under one definition or any."""
    due = ended_on + timedelta(weeks=weeks)
    last: Recorded | None = None
    for fact in facts:
        if type(fact) is not Recorded or fact.checkpoint != weeks or definition not in (None, fact.definition):
            continue
        if due + WINDOW_OPENS <= fact.on <= due + WINDOW_CLOSES and (last is None or fact.on >= last.on):
            last = fact
    return None if last is None else Checkpoint(last.status or "", last.on, last.definition or "")


def _of_referral(referral: Referred) -> dict[str, Any]:
    return {
        "scheme_id": referral.scheme_id,
        "area": referral.area,
        "practice": referral.practice,
        "partner": referral.partner,
        "person_ref": referral.person_ref,
        "source_code": referral.source_code,
        "entry": Entry(referral.status, referral.absence, entry_group(referral.status, referral.absence)),
        "main_barrier": referral.main_barrier or "not_recorded",
        "age_band": referral.age_band or "not_known",
        "synthetic": referral.synthetic,
        "referred_at": referral.time,
    }


def _add_sessions(fields: dict[str, Any], sessions: Sequence[Held]) -> date | None:
    """Add what sessions tell; return the day on which the programme started."""
    fields["sessions"] = len(sessions)
    fields["first_session_at"] = min([fact.time for fact in sessions])
    if plans := [fact.time for fact in sessions if fact.plan_agreed]:
        fields["plan_agreed_at"] = min(plans)
    in_programme = [fact.time for fact in sessions if fact.programme]
    return day_of(min(in_programme)) if in_programme else None


def _add_outcomes(fields: dict[str, Any], outcomes: Sequence[Recorded], started_at: date | None) -> None:
    last: dict[str, date] = {}
    closure = None
    for fact in outcomes:
        if fact.result:
            last[fact.result] = max(fact.on, last.get(fact.result, fact.on))
        elif fact.reason and (closure is None or fact.on >= closure.on):
            closure = fact
    programme = Programme(started_at, last.get("completed"), last.get("left_early"), last.get("still_on"))
    if programme != _NO_PROGRAMME:
        fields["programme"] = programme
    if closure:
        fields["closed_at"], fields["closed_reason"] = closure.on, closure.reason
    ended_on = programme.completed_at or programme.left_at or (closure.on if closure else None)
    if ended_on is None:
        return
    weeks = sorted({fact.checkpoint for fact in outcomes if fact.checkpoint is not None})
    if found := {str(n): counts for n in weeks if (counts := checkpoint(outcomes, ended_on, n))}:
        fields["checkpoints"] = found


def on_fact(journey: Journey, event: Event[Any], at: Moment[Any]) -> Accept[Journey] | Ignore:
    """Add what was accepted to the journey."""
    after = evolve(journey, fact_of(event, at.at))
    return Ignore() if after is journey else Accept(after)


def on_erasure_requested(
    journey: Journey, _event: Event[ErasureRequested], at: Moment[Any]
) -> Accept[Journey] | Ignore:
    """Leave nothing but when it was first erased; what else comes is ignored."""
    if journey.erased_at is not None and journey.erased_at <= at.at:
        return Ignore()
    return Accept(Journey(id=journey.id, version=journey.version, erased_at=at.at))


def read_record(record: Record, _partners: Partners) -> Item:
    """Read only what facts need: gates have validated it."""
    return Item(record, None, cast("Event[Any] | Refusal", read_accepted(record, SHAPES)))


PROJECTS: Hears[Journey, Any] = Hears(
    follow={
        AcceptedReferral: on_fact,
        SessionHeld: on_fact,
        OutcomeRecorded: on_fact,
        EntryWithdrawn: on_fact,
        FitNotesCounted: on_fact,
        ErasureRequested: on_erasure_requested,
        ReferralShape: on_fact,  # the same, read by `read_record`
        SessionShape: on_fact,
        OutcomeShape: on_fact,
        WithdrawalShape: on_fact,
        NotesShape: on_fact,
        Shape: on_erasure_requested,
    },
    erases=frozenset({ErasureRequested, Shape}),
    completes=completed,
)
