"""What the gate of referrals does with each event: codec -> here -> domain -> one transaction (servicekit)."""

from dataclasses import replace
from typing import Final

from msgspec.structs import replace as changed

from contracts.entry_withdrawn import EntryWithdrawn
from contracts.envelope import Event, Payload, Problem
from contracts.erasure_requested import ErasureRequested
from contracts.permission import PermissionGiven, PermissionWithdrawn
from contracts.referral_made import ReferralMade
from referral_service.domain import (
    PERSONS,
    Known,
    Persons,
    Referral,
    accepted,
    is_open_to,
    objection,
    objection_to_more,
    person_key,
    without_facts,
)
from servicekit.endings import Accept, Ending, Ignore, Refuse, Row, Wait
from servicekit.entries import Recorded
from servicekit.hears import Hears, Moment

REFERRAL_MADE: Final = "footing.referral-made.v1"
WITHDRAWABLE: Final = (REFERRAL_MADE, "footing.permission-given.v1", "footing.permission-withdrawn.v1")
ERASED: Final = Refuse(Problem("erased", "data.referral_id", "a referral that is kept"))


def on_referral_made(referral: Referral, event: Event[ReferralMade], at: Moment[Known]) -> Ending[Referral]:
    """Take a referral or its correction, if the scheme takes it; the person's token stays here."""
    if referral.erased_at is not None:
        return ERASED
    if event.data.supersedes is not None:
        target = referral.entries.record(event)  # first: who may not know the target learns nothing else
        if not isinstance(target, Recorded):
            return target
    if problem := objection(referral, event, at.speaker, at.known):
        return Refuse(problem)
    recorded = referral.entries.record(event)
    if not isinstance(recorded, Recorded):
        return recorded
    person_ref, rows = _person(event, at.beside)
    made = changed(
        referral,
        scheme_id=event.data.scheme_id,
        synthetic=event.data.synthetic,
        person_ref=person_ref,
        entries=recorded.entries,
    )
    said: Event[Payload] = event
    return Accept(made, announce=(replace(said, data=accepted(event, at.known, person_ref)),), rows=rows)


def on_permission(
    referral: Referral, event: Event[PermissionGiven] | Event[PermissionWithdrawn], at: Moment[Known]
) -> Ending[Referral]:
    """Pass on who may be told what, or no longer."""
    if referral.erased_at is not None:
        return ERASED
    if not is_open_to(referral, at.speaker):
        return Wait()
    if problem := objection_to_more(referral, event.data):
        return Refuse(problem)
    recorded = referral.entries.record(event)
    if not isinstance(recorded, Recorded):
        return recorded
    return Accept(changed(referral, entries=recorded.entries), announce=(event,))


def on_entry_withdrawn(referral: Referral, event: Event[EntryWithdrawn], at: Moment[Known]) -> Ending[Referral]:
    """Void an event of the same partner. Where it is the referral itself, nothing more is taken about it."""
    if referral.erased_at is not None:
        return ERASED
    recorded = referral.entries.withdraw(event, WITHDRAWABLE)
    if not isinstance(recorded, Recorded):
        return recorded
    if problem := objection_to_more(referral, event.data):
        return Refuse(problem)
    withdrawn_at = at.at if event.data.withdraws.type == REFERRAL_MADE else referral.withdrawn_at
    return Accept(changed(referral, entries=recorded.entries, withdrawn_at=withdrawn_at), announce=(event,))


def on_erasure_requested(referral: Referral, _: Event[ErasureRequested], at: Moment[Known]) -> Ending[Referral]:
    """Forget what is kept. `footing erase` has deleted the person's row before it said so."""
    return Ignore() if referral.erased_at is not None else Accept(without_facts(referral, at.at))


def _person(event: Event[ReferralMade], persons: Persons) -> tuple[str | None, tuple[Row, ...]]:
    """The person's random name, and the row that keeps it: the only place where the partner's token stays."""
    token = event.data.person_token
    if token is None:
        return None, ()
    key = person_key(event.partner, event.data.scheme_id, token)
    person_ref = persons.refs[key]
    return person_ref, (Row(PERSONS, {"_id": key, "person_ref": person_ref}),)


HEARS: Final[Hears[Referral, Known]] = Hears(
    gate={
        ReferralMade: on_referral_made,
        PermissionGiven: on_permission,
        PermissionWithdrawn: on_permission,
        EntryWithdrawn: on_entry_withdrawn,
    },
    follow={ErasureRequested: on_erasure_requested},
    erases=frozenset({ErasureRequested}),
)
