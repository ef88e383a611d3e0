"""What the case service does with each fact it hears: codec -> here -> domain -> one transaction (servicekit)."""

from datetime import date
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from msgspec.structs import replace as changed

from case_service.domain import (
    Case,
    Due,
    Known,
    Told,
    due,
    scheduled,
    seen_on,
    with_outcome,
    with_session,
    without_outcome,
    without_session,
)
from contracts.entry_withdrawn import EntryWithdrawn, Target
from contracts.envelope import Event, Payload, Problem
from contracts.erasure_requested import ErasureRequested
from contracts.follow_up_due import FollowUpDue
from contracts.outcome_recorded import OutcomeRecorded
from contracts.referral_made import AcceptedReferral
from contracts.session_held import SessionHeld
from contracts.session_not_held import SessionNotHeld
from servicekit.days import day_of, to_milliseconds
from servicekit.endings import Accept, Ending, Ignore, Refuse, Wait
from servicekit.entries import Recorded
from servicekit.hears import Hears, Moment

HELD: Final = "footing.session-held.v1"
SESSIONS: Final = (HELD, "footing.session-not-held.v1")
REFERRAL: Final = "footing.referral-made.v1"
OUTCOME: Final = "footing.outcome-recorded.v1"
FOLLOW_UP: Final = "footing.follow-up-due.v1"
WITHDRAWN: Final = "footing.entry-withdrawn.v1"
OURSELVES: Final = "urn:footing:partner:footing:case"
ERASED: Final = Refuse(Problem("erased", "data.referral_id", "a referral that is kept"))


# -- the gate of sessions -----------------------------------------------------------------------------------


def on_session_held(case: Case, event: Event[SessionHeld], at: Moment[Known]) -> Ending[Case]:
    """Take a session of a referral that is known; it may correct one that was not held."""
    recorded = _recorded(case, event, at)
    if not isinstance(recorded, Recorded):
        return recorded
    held = with_session(_without_target(case, recorded), event)
    return _settled(changed(held, entries=recorded.entries), at, event)


def on_session_not_held(case: Case, event: Event[SessionNotHeld], at: Moment[Known]) -> Ending[Case]:
    """Take that a session was not held. Where it corrects one that was, that one is voided on its own topic."""
    recorded = _recorded(case, event, at)
    if not isinstance(recorded, Recorded):
        return recorded
    said: list[Event[Payload]] = [event]
    if recorded.target is not None and recorded.target.type == HELD:
        said.append(_void(event, recorded.target.id))
    return _settled(changed(_without_target(case, recorded), entries=recorded.entries), at, *said)


def on_session_withdrawn(case: Case, event: Event[EntryWithdrawn], at: Moment[Known]) -> Ending[Case]:
    """Void a session, held or not, of the same partner."""
    if case.erased_at is not None:
        return ERASED
    recorded = case.entries.withdraw(event, SESSIONS)
    if not isinstance(recorded, Recorded):
        return recorded
    if event.data.synthetic is not case.synthetic:
        return _synthetic_differs(case)
    return _settled(changed(_without_target(case, recorded), entries=recorded.entries), at, event)


def _recorded(
    case: Case, event: Event[SessionHeld] | Event[SessionNotHeld], at: Moment[Known]
) -> Recorded | Wait | Refuse:
    """The entries with this session. A referral of others' schemes is as unknown as one never made."""
    if case.erased_at is not None:
        return ERASED
    if case.opened_at is None or case.scheme_id not in at.speaker.schemes:
        return Wait()
    if case.withdrawn_at is not None:
        return Refuse(Problem("referral_withdrawn", "data.referral_id", "a referral that stands"))
    if event.data.synthetic is not case.synthetic:
        return _synthetic_differs(case)
    return case.entries.record(event, about="session_id", corrects=SESSIONS)


def _synthetic_differs(case: Case) -> Refuse:
    return Refuse(Problem("synthetic_differs", "data.synthetic", str(case.synthetic).lower()))


def _without_target(case: Case, recorded: Recorded) -> Case:
    target = recorded.target
    return case if target is None else without_session(case, target.partner, target.id)


def _void(event: Event[SessionNotHeld], held_id: str) -> Event[Payload]:
    """Voids the corrected session for those who never hear of sessions not held. The same however often folded."""
    return Event(
        id=str(uuid5(NAMESPACE_URL, f"footing:void:{event.partner}:{event.id}")),
        type=WITHDRAWN,
        source=event.source,
        partner=event.partner,
        subject=event.subject,
        time=event.time,
        data=EntryWithdrawn(
            referral_id=event.subject,
            synthetic=event.data.synthetic,
            withdraws=Target(type=HELD, id=held_id),
            reason="entered_in_error",
        ),
        correlation_id=event.correlation_id,
        causation_id=event.id,
        traceparent=event.traceparent,
    )


# -- what was accepted elsewhere ----------------------------------------------------------------------------


def on_referral_made(case: Case, event: Event[AcceptedReferral], at: Moment[Known]) -> Ending[Case]:
    """Open the case, or correct it; what waited for it goes out in the same transaction."""
    sequence = event.sequence or 0
    if case.erased_at is not None or sequence < case.referral_sequence:
        return Ignore()
    opened = changed(
        case,
        scheme_id=event.data.scheme_id,
        scheme_area=event.data.scheme_area,
        partner=event.partner,
        synthetic=event.data.synthetic,
        opened_at=to_milliseconds(event.time),
        referral_sequence=sequence,
    )
    return _settled(opened, at)


def on_outcome_recorded(case: Case, event: Event[OutcomeRecorded], at: Moment[Known]) -> Ending[Case]:
    """Note what ends the programme, closes the case or meets a checkpoint."""
    if case.erased_at is not None:
        return Ignore()
    corrected = event.data.supersedes
    kept = case if corrected is None else without_outcome(case, event.partner, corrected)
    return _settled(with_outcome(kept, event), at)


def on_entry_withdrawn(case: Case, event: Event[EntryWithdrawn], at: Moment[Known]) -> Ending[Case]:
    """Void the referral, after which nothing more is taken or due, or an outcome. Permissions are not kept here."""
    if case.erased_at is not None:
        return Ignore()
    voided = event.data.withdraws
    if voided.type == REFERRAL:
        return _settled(changed(case, withdrawn_at=at.at), at)
    if voided.type == OUTCOME:
        return _settled(without_outcome(case, event.partner, voided.id), at)
    return Ignore()


def on_erasure_requested(case: Case, _: Event[ErasureRequested], at: Moment[Known]) -> Ending[Case]:
    """Forget everything but that it was erased."""
    return Ignore() if case.erased_at is not None else Accept(Case(id=case.id, version=case.version, erased_at=at.at))


# -- what is due --------------------------------------------------------------------------------------------


def on_tick(case: Case, today: date, at: Moment[Known]) -> Accept[Case]:
    """Announce, once each, what has become due and can still be done; `next_due_on` then lies ahead."""
    items = due(case, at.known.schemes.get(case.scheme_id or ""))
    new = [item for item in items if item.opens_on <= today <= item.told_until and not item.is_told(case)]
    told = (*case.told, *(Told(what=item.what, checkpoint_weeks=item.checkpoint_weeks) for item in new))
    after = scheduled(seen_on(changed(case, told=told), today), items)
    return Accept(after, announce=tuple(_follow_up(case, item, at) for item in new))


def on_whole(case: Case, known: Known) -> Case:
    """Say when somebody is to look at it again: once for all events of a batch."""
    return case if case.erased_at is not None else scheduled(case, due(case, known.schemes.get(case.scheme_id or "")))


def _settled(case: Case, at: Moment[Known], *announce: Event[Payload]) -> Accept[Case]:
    """The changed case as of today, and what was told and is no longer due withdrawn."""
    seen = seen_on(case, day_of(at.at))
    if all(told.withdrawn for told in case.told):
        return Accept(seen, announce=announce)
    items = due(case, at.known.schemes.get(case.scheme_id or ""))
    open_items = {(item.what, item.checkpoint_weeks) for item in items}
    met = [told for told in case.told if not told.withdrawn and (told.what, told.checkpoint_weeks) not in open_items]
    told = tuple(changed(each, withdrawn=True) if each in met else each for each in case.told)
    return Accept(changed(seen, told=told), announce=(*announce, *(_no_longer_due(case, each, at) for each in met)))


def _follow_up(case: Case, item: Due, at: Moment[Known]) -> Event[Payload]:
    said = FollowUpDue(
        referral_id=case.id,
        synthetic=case.synthetic,
        what=item.what,
        checkpoint_weeks=item.checkpoint_weeks,
        due_on=item.due_on,
    )
    return _ours(case, FOLLOW_UP, _name(case, item.what, item.checkpoint_weeks), said, at)


def _no_longer_due(case: Case, told: Told, at: Moment[Known]) -> Event[Payload]:
    name = _name(case, told.what, told.checkpoint_weeks)
    said = EntryWithdrawn(
        referral_id=case.id,
        synthetic=case.synthetic,
        withdraws=Target(type=FOLLOW_UP, id=_id(name)),
        reason="met" if case.withdrawn_at is None else "entered_in_error",
    )
    return _ours(case, WITHDRAWN, f"{name}:withdrawn", said, at)


def _ours(case: Case, kind: str, name: str, said: Payload, at: Moment[Known]) -> Event[Payload]:
    return Event(id=_id(name), type=kind, source=OURSELVES, partner="footing", subject=case.id, time=at.at, data=said)


def _name(case: Case, what: str, checkpoint_weeks: int | None) -> str:
    """What makes an announcement the same one, however often it is folded."""
    return f"footing:follow-up:{case.id}:{what}:{checkpoint_weeks}"


def _id(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, name))


HEARS: Final[Hears[Case, Known]] = Hears(
    gate={
        SessionHeld: on_session_held,
        SessionNotHeld: on_session_not_held,
        EntryWithdrawn: on_session_withdrawn,
    },
    follow={
        AcceptedReferral: on_referral_made,
        OutcomeRecorded: on_outcome_recorded,
        EntryWithdrawn: on_entry_withdrawn,
        ErasureRequested: on_erasure_requested,
    },
    erases=frozenset({ErasureRequested}),
    completes=on_whole,
)
