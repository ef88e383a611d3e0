"""Events as tests say them: a partner's name, what matters to the test, and plain defaults for the rest."""

import uuid
from datetime import UTC, datetime
from typing import Any

from contracts.entry_withdrawn import EntryWithdrawn
from contracts.envelope import Event, Payload
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
    said = payload.model_validate(data, strict=False)
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
