"""The facts of a referral as the read models keep them: one for each accepted event, with what a figure needs of it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from contracts.accepted import Accepted
from contracts.entry_withdrawn import EntryWithdrawn
from contracts.envelope import Event
from contracts.fit_notes_counted import FitNotesCounted
from contracts.outcome_recorded import OutcomeRecorded
from contracts.referral_made import AcceptedReferral
from contracts.session_held import SessionHeld
from contracts.texts import in_utc
from outcomes_service.projections.shapes import NotesShape, OutcomeShape, ReferralShape, SessionShape, WithdrawalShape
from schemes.rules import PRACTICE_SHAPE
from servicekit.days import to_milliseconds


class Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", gc=False):
    # gc=False: thousands are held while a batch is folded, and they cannot form cycles.
    """What every fact has: the identity of its event (partner, type, id), when it was accepted, when it happened."""

    id: str
    partner: str
    accepted: datetime
    time: datetime
    supersedes: str | None = None

    @property
    def type(self) -> str:
        """The event of the fact: `session-held`."""
        return str(self.__struct_config__.tag)


class Referred(Fact, frozen=True, tag="referral-made", gc=False):
    """A referral was made. `practice` is the referring practice's ODS code."""

    scheme_id: str
    area: str
    source_code: str
    status: str
    absence: str
    practice: str | None = None
    main_barrier: str | None = None
    age_band: str | None = None
    person_ref: str | None = None
    synthetic: bool = False


class Held(Fact, frozen=True, tag="session-held", gc=False):
    """A session was held; `programme` is its week of how many weeks, if it belongs to a programme."""

    minutes: int
    interventions: tuple[str, ...]
    plan_agreed: bool = False
    programme: tuple[int, int] | None = None
    site: str | None = None


class Recorded(Fact, frozen=True, tag="outcome-recorded", gc=False):
    """An outcome was recorded: a programme's `result`, a work `status` at a `checkpoint`, or a closure's `reason`."""

    on: date
    result: str | None = None
    checkpoint: int | None = None
    status: str | None = None
    definition: str | None = None
    reason: str | None = None


class Voided(Fact, frozen=True, tag="entry-withdrawn", gc=False):
    """An earlier event of the same partner is void; `voids` is its type and id."""

    voids: tuple[str, str]


class NotesCounted(Fact, frozen=True, tag="fit-notes-counted", gc=False):
    """A practice's fit notes of a period. Unit: notes."""

    first_day: date
    last_day: date
    not_fit: int
    may_be_fit: int
    synthetic: bool = False


AnyFact = Referred | Held | Recorded | Voided | NotesCounted


def fact_of(event: Event[Any] | Accepted[Any], accepted: datetime) -> AnyFact:
    """The fact that an accepted event is, however it was read. Raises `KeyError` for an event that makes none."""
    return _MAKE[type(event.data)](event, {
        "id": event.id,
        "partner": event.partner,
        "accepted": to_milliseconds(accepted),
        "time": to_milliseconds(in_utc(event.time)),
        "supersedes": getattr(event.data, "supersedes", None),
    })  # fmt: skip


def makes_fact(event: Event[Any] | Accepted[Any]) -> bool:
    """Whether the read models keep a fact of such an event."""
    return type(event.data) in _MAKE


def is_known(fact: AnyFact, facts: Sequence[AnyFact]) -> bool:
    """Whether a fact of the same identity is among them."""
    for other in facts:  # noqa: SIM110  asked for every fact of every batch: a generator costs more than the answer
        if other.id == fact.id and other.partner == fact.partner and type(other) is type(fact):
            return True
    return False


def standing(facts: Sequence[AnyFact]) -> Sequence[AnyFact]:
    """The facts that count: neither superseded nor withdrawn. What a withdrawn correction replaced stays replaced."""
    for fact in facts:
        if fact.supersedes or type(fact) is Voided:
            break
    else:  # as nearly always
        return facts
    void = {(fact.partner, fact.type, fact.supersedes) for fact in facts if fact.supersedes}
    void |= {(fact.partner, *fact.voids) for fact in facts if type(fact) is Voided}
    return [fact for fact in facts if type(fact) is not Voided and (fact.partner, fact.type, fact.id) not in void]


def order(fact: Fact) -> tuple[datetime, str, str, str]:
    """The canonical order of facts: as accepted, then by identity."""
    return fact.accepted, fact.type, fact.partner, fact.id


def _referred(event: Event[AcceptedReferral], base: dict[str, Any]) -> Referred:
    said, organisation = event.data, event.data.referrer_organisation
    is_practice = organisation and organisation.system == "ods" and PRACTICE_SHAPE.fullmatch(organisation.code)
    return Referred(
        **base,
        scheme_id=said.scheme_id,
        area=said.scheme_area or "",
        source_code=said.source_code,
        status=said.employment_status,
        absence=said.sickness_absence,
        practice=organisation.code if organisation and is_practice else None,
        main_barrier=said.main_barrier,
        age_band=said.age_band,
        person_ref=said.person_ref,
        synthetic=said.synthetic,
    )


def _held(event: Event[SessionHeld], base: dict[str, Any]) -> Held:
    said = event.data
    return Held(
        **base,
        minutes=said.minutes,
        interventions=said.interventions,
        plan_agreed=said.plan is not None and said.plan.agreed,
        programme=(said.programme.week, said.programme.weeks) if said.programme else None,
        site=said.site,
    )


def _recorded(event: Event[OutcomeRecorded], base: dict[str, Any]) -> Recorded:
    said = event.data
    if said.programme:
        return Recorded(**base, on=said.programme.on, result=said.programme.result)
    if said.closure:
        return Recorded(**base, on=said.closure.on, reason=said.closure.reason)
    work = said.work_status
    assert work is not None  # noqa: S101  the contract: exactly one of the three
    return Recorded(
        **base, on=work.status_on, checkpoint=work.checkpoint_weeks, status=work.status, definition=work.definition
    )


def _voided(event: Event[EntryWithdrawn], base: dict[str, Any]) -> Voided:
    voids = event.data.withdraws
    kind = voids.type.split(".")[1:2]  # one that a later version may know; here nothing goes by it
    return Voided(**base, voids=(kind[0] if kind else voids.type, voids.id))


def _counted(event: Event[FitNotesCounted], base: dict[str, Any]) -> NotesCounted:
    said = event.data
    return NotesCounted(
        **base,
        first_day=said.period.from_,
        last_day=said.period.to,
        not_fit=said.not_fit,
        may_be_fit=said.may_be_fit,
        synthetic=said.synthetic,
    )


_MAKE: Mapping[type, Callable[[Any, dict[str, Any]], AnyFact]] = {
    AcceptedReferral: _referred,
    SessionHeld: _held,
    OutcomeRecorded: _recorded,
    EntryWithdrawn: _voided,
    FitNotesCounted: _counted,
    ReferralShape: _referred,  # the names of fields are those of the contract, however little is read
    SessionShape: _held,
    OutcomeShape: _recorded,
    WithdrawalShape: _voided,
    NotesShape: _counted,
}
