"""What the gate does with each event: codec -> here -> domain -> one transaction (servicekit)."""

from typing import Final

from msgspec.structs import replace

from contracts.entry_withdrawn import EntryWithdrawn
from contracts.envelope import Event, Problem
from contracts.erasure_requested import ErasureRequested
from contracts.fit_notes_counted import FitNotesCounted
from contracts.outcome_recorded import OutcomeRecorded
from contracts.referral_made import AcceptedReferral
from outcomes_service.domain import Outcomes, is_of, objection, with_period, with_referral
from outcomes_service.indicators.catalogue import Known
from servicekit.endings import Accept, Ending, Ignore, Refuse, Wait
from servicekit.entries import Recorded
from servicekit.hears import Hears, Moment

REFERRAL_MADE: Final = "footing.referral-made.v1"
WITHDRAWABLE: Final = ("footing.outcome-recorded.v1", "footing.fit-notes-counted.v1")
ERASED: Final = Refuse(Problem("erased", "data.referral_id", "a referral that is kept"))


def on_outcome_recorded(known: Outcomes, event: Event[OutcomeRecorded], at: Moment[Known]) -> Ending[Outcomes]:
    """Take an outcome of a referral that the partner may speak about; before there is one, it waits."""
    if known.erased_at is not None:
        return ERASED
    if not is_of(known, at.speaker.schemes):
        return Wait()
    if problem := objection(known, synthetic=event.data.synthetic):
        return Refuse(problem)
    recorded = known.entries.record(event, about="outcome_id")
    if not isinstance(recorded, Recorded):
        return recorded
    return Accept(replace(known, entries=recorded.entries), announce=(event,))


def on_fit_notes_counted(known: Outcomes, event: Event[FitNotesCounted], at: Moment[Known]) -> Ending[Outcomes]:
    """Take the counts of a practice that the register has, for days that are not counted yet."""
    if at.known.register.practice(event.data.practice.code) is None:
        return Refuse(Problem("practice_unknown", "data.practice.code", "a practice of the register"))
    recorded = known.entries.record(event)
    if not isinstance(recorded, Recorded):
        return recorded
    counted = with_period(known, event, recorded.entries)
    return Refuse(counted) if isinstance(counted, Problem) else Accept(counted, announce=(event,))


def on_entry_withdrawn(known: Outcomes, event: Event[EntryWithdrawn], _at: Moment[Known]) -> Ending[Outcomes]:
    """Void what the partner said."""
    if known.erased_at is not None:
        return ERASED
    recorded = known.entries.withdraw(event, WITHDRAWABLE)
    if not isinstance(recorded, Recorded):
        return recorded
    if event.data.referral_id is not None and (problem := objection(known, synthetic=event.data.synthetic)):
        return Refuse(problem)
    return Accept(replace(known, entries=recorded.entries), announce=(event,))


def on_referral_made(known: Outcomes, event: Event[AcceptedReferral], at: Moment[Known]) -> Ending[Outcomes]:
    """Know the referral; what waited for it goes out."""
    return Ignore() if known.erased_at is not None else Accept(with_referral(known, event, at.at))


def on_referral_withdrawn(known: Outcomes, event: Event[EntryWithdrawn], _at: Moment[Known]) -> Ending[Outcomes]:
    """Take nothing more about a referral that was voided; of what else is voided its own gate knows."""
    if known.erased_at is not None or event.data.withdraws.type != REFERRAL_MADE:
        return Ignore()
    return Accept(replace(known, withdrawn=known.withdrawn | {(event.partner, event.data.withdraws.id)}))


def on_erasure_requested(known: Outcomes, _event: Event[ErasureRequested], at: Moment[Known]) -> Ending[Outcomes]:
    """Keep nothing but that it was erased; what waits is refused."""
    if known.erased_at is not None:
        return Ignore()
    return Accept(Outcomes(id=known.id, version=known.version, erased_at=at.at))


HEARS: Final[Hears[Outcomes, Known]] = Hears(
    gate={
        OutcomeRecorded: on_outcome_recorded,
        FitNotesCounted: on_fit_notes_counted,
        EntryWithdrawn: on_entry_withdrawn,
    },
    follow={
        AcceptedReferral: on_referral_made,
        EntryWithdrawn: on_referral_withdrawn,
        ErasureRequested: on_erasure_requested,
    },
    erases=frozenset({ErasureRequested}),
)
