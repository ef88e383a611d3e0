"""Events as tests say them: a partner's name, what matters to the test, and plain defaults for the rest."""

import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from contracts.entry_withdrawn import EntryWithdrawn
from contracts.envelope import Event, Payload
from contracts.erasure_requested import ErasureRequested
from contracts.outcome_recorded import OutcomeRecorded
from contracts.permission import PermissionGiven, PermissionWithdrawn
from contracts.referral_made import AcceptedReferral, ReferralMade
from contracts.session_held import SessionHeld
from contracts.session_not_held import SessionNotHeld
from contracts.topics import EVENT_TYPES

REFERRAL = "0190a0b0-0000-7000-8000-000000000001"
TOKEN = "fictional-person-token-1"
ADVISER = "fictional-adviser-token-1"
PAYLOADS = {kind.payload: name for name, kind in EVENT_TYPES.items()}
PAYLOADS |= {kind.canonical: name for name, kind in EVENT_TYPES.items()}


def numbered(number: int) -> str:
    """A UUID that is easy to tell from another in a failing test."""
    return f"0190a0b0-0000-7000-8000-{number:012d}"


def at(text: str) -> datetime:
    """`2025-03-03` or `2025-03-03T10:00` as an instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def event(
    payload: type[Payload],
    data: dict[str, Any],
    *,
    id: str | None = None,
    partner: str = "acme",
    time: datetime,
    accepted_at: datetime | None = None,
    sequence: int | None = None,
) -> Event[Any]:
    """An event of this payload; the subject is what the payload is about."""
    said = payload.model_validate_json(json.dumps(data, default=_written))
    return Event(
        id=id or str(uuid.uuid4()),
        type=PAYLOADS[payload],
        source=f"urn:footing:partner:{partner}",
        partner=partner,
        subject=data.get("referral_id") or f"ods:{data['practice']['code']}",
        time=time,
        data=said,
        accepted_at=accepted_at,
        sequence=sequence,
    )


def withdrawn(
    target: Event[Any], *, reason: str = "entered_in_error", partner: str | None = None, **about: Any
) -> Event[EntryWithdrawn]:
    """What a partner says to void `target`."""
    data = {
        "referral_id": target.subject,
        "synthetic": target.data.synthetic,
        "withdraws": {"type": target.type, "id": target.id},
        "reason": reason,
    }
    return event(EntryWithdrawn, data, partner=partner or target.partner, time=target.time, **about)


def referral_made(number: int = 1, *, on: str = "2025-03-03T10:00", partner: str = "acme", **data: Any) -> Event[Any]:
    """A ReferralMade of the one referral of a test, by a GP to the James Wigg adviser unless said otherwise."""
    said: dict[str, Any] = {
        "referral_id": REFERRAL,
        "scheme_id": "james-wigg",
        "person_token": TOKEN,
        "source_code": "A1",
        "employment_status": "02",
        "sickness_absence": "8",
        "voluntary": True,
        "permissions": (),
    }
    return event(ReferralMade, _said(said, data), id=numbered(number), partner=partner, time=at(on))


def accepted_referral(
    number: int = 1, *, on: str = "2025-03-03T10:00", partner: str = "acme", sequence: int = 1, **data: Any
) -> Event[Any]:
    """The same behind its gate."""
    said: dict[str, Any] = {
        "referral_id": REFERRAL,
        "scheme_id": "james-wigg",
        "scheme_area": "kentish-town",
        "person_ref": numbered(7000),
        "source_code": "A1",
        "employment_status": "02",
        "sickness_absence": "8",
        "voluntary": True,
        "permissions": (),
    }
    accepted = event(AcceptedReferral, _said(said, data), id=numbered(number), partner=partner, time=at(on))
    return replace(accepted, accepted_at=accepted.time, sequence=sequence)


def session_held(
    number: int = 101, *, on: str = "2025-03-10T10:00", session: int = 900, partner: str = "acme", **data: Any
) -> Event[Any]:
    """A SessionHeld of 50 minutes."""
    said: dict[str, Any] = {
        "referral_id": REFERRAL,
        "session_id": numbered(session),
        "started_at": at(on),
        "minutes": 50,
        "mechanism": "01",
        "setting": "gp_practice",
        "delivered_by": "employment_adviser",
        "adviser_token": ADVISER,
        "attendance": 5,
        "interventions": ("cv",),
    }
    return event(SessionHeld, _said(said, data), id=numbered(number), partner=partner, time=at(on))


def session_not_held(
    number: int = 201, *, on: str = "2025-03-10T10:00", session: int = 900, partner: str = "acme", **data: Any
) -> Event[Any]:
    """A SessionNotHeld: the person did not attend."""
    said: dict[str, Any] = {
        "referral_id": REFERRAL,
        "session_id": numbered(session),
        "planned_at": at(on),
        "mechanism": "01",
        "attendance": 3,
    }
    return event(SessionNotHeld, _said(said, data), id=numbered(number), partner=partner, time=at(on))


def outcome_recorded(
    number: int = 301, *, on: str = "2025-06-02T10:00", outcome: int = 950, partner: str = "acme", **data: Any
) -> Event[Any]:
    """An OutcomeRecorded; `data` says which kind."""
    said: dict[str, Any] = {"referral_id": REFERRAL, "outcome_id": numbered(outcome)}
    return event(OutcomeRecorded, _said(said, data), id=numbered(number), partner=partner, time=at(on))


def permission(
    kind: type[PermissionGiven] | type[PermissionWithdrawn],
    number: int = 401,
    *,
    on: str = "2025-03-04",
    partner: str = "acme",
    **data: Any,
) -> Event[Any]:
    """A permission for the referring GP to hear of progress, given or withdrawn."""
    said = {"referral_id": REFERRAL, "recipient": "referring_gp", "purpose": "progress", "on": on}
    return event(kind, _said(said, data), id=numbered(number), partner=partner, time=at(on))


def erasure_requested(number: int = 501, *, on: str = "2026-01-05T10:00") -> Event[Any]:
    """Our own request to forget the referral."""
    said = {"referral_id": REFERRAL, "person_ref": numbered(7000), "reason_code": "person_asked"}
    return event(ErasureRequested, said, id=numbered(number), partner="footing", time=at(on), accepted_at=at(on))


def _said(defaults: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """`supersedes=1` names the event by its number; a field given as None is left out."""
    if isinstance(given.get("supersedes"), int):
        given = {**given, "supersedes": numbered(given["supersedes"])}
    return {name: value for name, value in {**defaults, **given}.items() if value is not None}


def _written(value: Any) -> str:
    """Days and instants as the wire has them."""
    written: str = value.isoformat()
    return written.replace("+00:00", "Z")
