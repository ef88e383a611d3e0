"""Valid events to start from, for tests and tools: builders without clock or chance. Everything in them is made up.

`event(data)` wraps a payload; a builder such as `session_held(minutes=30)` gives the payload, with what differs.
"""

from datetime import UTC, date, datetime
from typing import Any, Final, TypeVar

from contracts.entry_withdrawn import EntryWithdrawn, Target
from contracts.envelope import Event, Payload
from contracts.erasure_requested import ErasureRequested
from contracts.fit_notes_counted import FitNotesCounted, Period, Practice
from contracts.follow_up_due import FollowUpDue
from contracts.outcome_recorded import OutcomeRecorded, Programme
from contracts.permission import PermissionGiven, PermissionWithdrawn
from contracts.referral_made import AcceptedReferral, Permission, ReferralMade
from contracts.session_held import Plan, SessionHeld
from contracts.session_not_held import SessionNotHeld
from contracts.topics import EVENT_TYPES

PARTNER: Final = "acme"
REFERRAL: Final = "0190a0b0-0000-7000-8000-000000000001"
EVENT: Final = "0190a0b0-0000-7000-8000-0000000000e1"
SESSION: Final = "0190a0b0-0000-7000-8000-000000000051"
OUTCOME: Final = "0190a0b0-0000-7000-8000-0000000000c1"
PERSON: Final = "0190a0b0-0000-7000-8000-0000000000b1"
PERSON_TOKEN: Final = "made-up-person-token-01"  # noqa: S105  opaque names, no secrets
ADVISER_TOKEN: Final = "made-up-adviser-token-1"  # noqa: S105
PRACTICE: Final = "F83023"
WHEN: Final = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
DAY: Final = date(2026, 3, 2)

P = TypeVar("P", bound=Payload)

_TYPES: Final = {payload: kind.name for kind in EVENT_TYPES.values() for payload in (kind.payload, kind.canonical)}


def event(data: P, *, id: str = EVENT, partner: str = PARTNER, time: datetime | None = None) -> Event[P]:
    """The event around a payload; `time` is when the session started, else 2 March 2026, half past nine UTC."""
    return Event(
        id=id,
        type=_TYPES[type(data)],
        source=f"urn:footing:partner:{partner}",
        partner=partner,
        subject=data.subject() or f"ods:{PRACTICE}",
        time=time or data.happened_at() or WHEN,
        data=data,
    )


def referral_made(**differs: Any) -> ReferralMade:
    """A GP refers somebody absent from work to the advisers in the surgery."""
    return _made(
        ReferralMade,
        differs,
        referral_id=REFERRAL,
        synthetic=True,
        scheme_id="james-wigg",
        person_token=PERSON_TOKEN,
        source_code="A1",
        employment_status="01",
        sickness_absence="Y",
        voluntary=True,
        permissions=(Permission(recipient="referring_gp", purpose="outcome"),),
    )


def accepted_referral(**differs: Any) -> AcceptedReferral:
    """The same referral as the gate announces it."""
    return _made(
        AcceptedReferral,
        differs,
        referral_id=REFERRAL,
        synthetic=True,
        scheme_id="james-wigg",
        scheme_area="kentish-town",
        person_ref=PERSON,
        source_code="A1",
        employment_status="01",
        sickness_absence="Y",
        voluntary=True,
        permissions=(Permission(recipient="referring_gp", purpose="outcome"),),
    )


def session_held(**differs: Any) -> SessionHeld:
    """Fifty minutes face to face in the surgery, a plan agreed."""
    return _made(
        SessionHeld,
        differs,
        referral_id=REFERRAL,
        synthetic=True,
        session_id=SESSION,
        started_at=WHEN,
        minutes=50,
        mechanism="01",
        setting="gp_practice",
        delivered_by="employment_adviser",
        adviser_token=ADVISER_TOKEN,
        attendance=5,
        interventions=("cv", "interview"),
        plan=Plan(agreed=True, aim="seek"),
    )


def session_not_held(**differs: Any) -> SessionNotHeld:
    """A telephone session that the provider cancelled."""
    return _made(
        SessionNotHeld,
        differs,
        referral_id=REFERRAL,
        synthetic=True,
        session_id=SESSION,
        planned_at=WHEN,
        mechanism="02",
        attendance=4,
    )


def outcome_recorded(**differs: Any) -> OutcomeRecorded:
    """A programme completed."""
    return _made(
        OutcomeRecorded,
        differs,
        referral_id=REFERRAL,
        synthetic=True,
        outcome_id=OUTCOME,
        programme=Programme(result="completed", on=DAY, weeks=12),
    )


def permission_given(**differs: Any) -> PermissionGiven:
    """The referring GP may be told how it goes."""
    return _made(
        PermissionGiven,
        differs,
        referral_id=REFERRAL,
        synthetic=True,
        recipient="referring_gp",
        purpose="progress",
        on=DAY,
    )


def permission_withdrawn(**differs: Any) -> PermissionWithdrawn:
    """The referring GP may no longer be told how it goes."""
    return _made(
        PermissionWithdrawn,
        differs,
        referral_id=REFERRAL,
        synthetic=True,
        recipient="referring_gp",
        purpose="progress",
        on=DAY,
    )


def entry_withdrawn(voided: Event[Payload], reason: str = "entered_in_error") -> EntryWithdrawn:
    """`voided` is void."""
    return EntryWithdrawn(
        referral_id=getattr(voided.data, "referral_id", None),
        synthetic=True,
        withdraws=Target(type=voided.type, id=voided.id),
        reason=reason,
    )


def fit_notes_counted(**differs: Any) -> FitNotesCounted:
    """A week of one practice: 93 notes not fit for work, 7 that may be fit with support."""
    period = Period.model_validate({"from": date(2026, 2, 23), "to": date(2026, 3, 1)})
    return _made(
        FitNotesCounted,
        differs,
        practice=Practice(system="ods", code=PRACTICE),
        period=period,
        not_fit=93,
        may_be_fit=7,
        synthetic=True,
    )


def follow_up_due(**differs: Any) -> FollowUpDue:
    """The work status at 13 weeks is to be asked."""
    return _made(
        FollowUpDue,
        differs,
        referral_id=REFERRAL,
        synthetic=True,
        what="checkpoint",
        checkpoint_weeks=13,
        due_on=DAY,
    )


def erasure_requested(**differs: Any) -> ErasureRequested:
    """The person asked for it."""
    return _made(
        ErasureRequested,
        differs,
        referral_id=REFERRAL,
        synthetic=True,
        person_ref=PERSON,
        reason_code="person_asked",
    )


def _made(payload: type[P], differs: dict[str, Any], **plain: Any) -> P:
    return payload.model_validate({**plain, **differs})
