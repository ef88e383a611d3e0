"""A service of two handlers for tests of the mechanism: referrals open a document, sessions are put into it.

A session of 13 minutes is a bug of ours: its fold raises.
"""

import json
import uuid
from dataclasses import replace
from typing import Any

import msgspec

from contracts.envelope import Event
from contracts.referral_made import AcceptedReferral
from contracts.session_held import SessionHeld
from servicekit.documents import Document
from servicekit.endings import Accept, Wait
from servicekit.hears import Hears, Moment
from servicekit.loop import Loop

UNLUCKY_MINUTES = 13


class Toy(Document, kw_only=True, omit_defaults=True):
    """What the toy knows of a referral: whether it was made, and its sessions in the order they were taken."""

    opened: bool = False
    sessions: tuple[str, ...] = ()


def on_session_held(toy: Toy, event: Event[SessionHeld], _at: Moment[None]) -> Accept[Toy] | Wait:
    """Take a session of a referral that was made, unless it meets the bug."""
    if event.data.minutes == UNLUCKY_MINUTES:
        raise ValueError("a bug of the toy")
    return take_session(toy, event, _at)


def take_session(toy: Toy, event: Event[SessionHeld], _at: Moment[None]) -> Accept[Toy] | Wait:
    """The same without the bug."""
    if not toy.opened:
        return Wait()
    return Accept(msgspec.structs.replace(toy, sessions=(*toy.sessions, event.data.session_id)), announce=(event,))


def on_referral_made(toy: Toy, _event: Event[AcceptedReferral], _at: Moment[None]) -> Accept[Toy]:
    """Open the document."""
    return Accept(msgspec.structs.replace(toy, opened=True))


LOOP = Loop(
    "gate",
    Hears(gate={SessionHeld: on_session_held}, follow={AcceptedReferral: on_referral_made}),
    Toy,
    "toys",
    None,
)
MENDED = replace(LOOP, hears=replace(LOOP.hears, gate={SessionHeld: take_session}))


def headers(event: str, referral: str, *, partner: str, event_id: str | None = None) -> list[tuple[str, bytes]]:
    """The CloudEvents headers that a partner's client sets."""
    said = {
        "ce_specversion": "1.0",
        "ce_id": event_id or str(uuid.uuid4()),
        "ce_source": f"urn:footing:partner:{partner}",
        "ce_type": f"footing.{event}.v1",
        "ce_subject": referral,
        "ce_time": "2025-03-01T10:00:00Z",
    }
    return [(name, value.encode()) for name, value in said.items()]


def session(referral: str, *, padding: str = "", **changed: Any) -> bytes:
    """The value of a SessionHeld; `padding` is white space that makes it larger."""
    said = {
        "referral_id": referral,
        "session_id": str(uuid.uuid4()),
        "started_at": "2025-03-01T10:00:00Z",
        "minutes": 50,
        "mechanism": "01",
        "setting": "gp_practice",
        "delivered_by": "work_coach",
        "adviser_token": "fictional-adviser-token-1",
        "attendance": 5,
        "interventions": ["cv"],
        "synthetic": True,
    }
    return (json.dumps(said | changed) + padding).encode()


def referral_made(referral: str) -> bytes:
    """The value of an accepted ReferralMade."""
    said = {
        "referral_id": referral,
        "scheme_id": "bridgend",
        "scheme_area": "bridgend",
        "source_code": "A1",
        "employment_status": "01",
        "sickness_absence": "Y",
        "voluntary": True,
        "permissions": [],
        "person_ref": str(uuid.uuid4()),
        "synthetic": True,
    }
    return json.dumps(said).encode()
