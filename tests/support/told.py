"""What notify hears, said briefly: canonical events of one referral, and what may be told after them."""

from collections.abc import Iterable
from typing import Any

from contracts.erasure_requested import ErasureRequested
from contracts.follow_up_due import FollowUpDue
from contracts.outcome_recorded import OutcomeRecorded
from contracts.permission import PermissionGiven, PermissionWithdrawn
from contracts.referral_made import AcceptedReferral
from contracts.session_held import SessionHeld
from notify_service.domain import Notice, Referral, owed
from notify_service.handlers import HANDLERS, Known
from servicekit.endings import Accept
from servicekit.hears import Moment
from support.events import ADVISER, REFERRAL, at, event

RECIPIENTS = ("referring_gp", "provider", "employer", "jobcentre", "person")
PURPOSES = ("receipt", "progress", "outcome")
EVERY_PERMISSION = tuple((recipient, purpose) for recipient in RECIPIENTS for purpose in PURPOSES)
KNOWN = Known(oldest_days=30)


def referral_made(
    day: str = "2025-03-03", permissions: Iterable[tuple[str, str]] = (), sequence: int = 1, **said: Any
) -> Any:
    """A referral by a GP, accepted on the day it was made unless `accepted` says another."""
    data = {
        "referral_id": REFERRAL,
        "scheme_id": "james-wigg",
        "scheme_area": "kentish-town",
        "source_code": "A1",
        "referrer_organisation": {"system": "ods", "code": "F83023"},
        "employment_status": "01",
        "sickness_absence": "Y",
        "main_barrier": "mental_health",
        "voluntary": True,
        "permissions": [{"recipient": recipient, "purpose": purpose} for recipient, purpose in permissions],
    }
    return _canonical(AcceptedReferral, data, day, sequence, said)


def session_held(day: str = "2025-03-10", sequence: int = 2, **said: Any) -> Any:
    """A session that agreed a plan and advised adjustments."""
    data = {
        "referral_id": REFERRAL,
        "session_id": "0190a0b0-0000-7000-8000-00000000005e",
        "started_at": f"{day}T10:00:00Z",
        "minutes": 50,
        "mechanism": "01",
        "setting": "gp_practice",
        "delivered_by": "employment_adviser",
        "adviser_token": ADVISER,
        "attendance": 5,
        "interventions": ["cv", "adjustment", "talking_therapy"],
        "plan": {"agreed": True, "aim": "return"},
    }
    return _canonical(SessionHeld, data, day, sequence, said)


def outcome_recorded(kind: str, result: str, day: str = "2025-03-20", sequence: int = 2, **said: Any) -> Any:
    """A programme's result, a work status or a closure."""
    shapes: dict[str, dict[str, Any]] = {
        "programme": {"result": result, "on": day, "weeks": 12},
        "work_status": {
            "checkpoint_weeks": 52,
            "status": result,
            "status_on": day,
            "hours": 20,
            "same_employer": True,
            "evidence": "payslip",
            "definition": "seed",
        },
        "closure": {"reason": result, "on": day},
    }
    data = {"referral_id": REFERRAL, "outcome_id": "0190a0b0-0000-7000-8000-0000000000c0", kind: shapes[kind]}
    return _canonical(OutcomeRecorded, data, day, sequence, said)


def follow_up_due(day: str = "2025-03-10", **said: Any) -> Any:
    """The checkpoint after 13 weeks is due."""
    data = {"referral_id": REFERRAL, "what": "checkpoint", "checkpoint_weeks": 13, "due_on": day}
    return _canonical(FollowUpDue, data, day, 3, said, partner="footing")


def permission_given(recipient: str, purpose: str, on: str, sequence: int, **said: Any) -> Any:
    """The person permits."""
    data = {"referral_id": REFERRAL, "recipient": recipient, "purpose": purpose, "on": on}
    return _canonical(PermissionGiven, data, said.pop("accepted", on), sequence, said)


def permission_withdrawn(recipient: str, purpose: str, on: str, sequence: int, **said: Any) -> Any:
    """The person no longer permits."""
    data = {"referral_id": REFERRAL, "recipient": recipient, "purpose": purpose, "on": on}
    return _canonical(PermissionWithdrawn, data, said.pop("accepted", on), sequence, said)


def erasure_requested(day: str = "2025-04-01") -> Any:
    """The person is to be forgotten."""
    data = {"referral_id": REFERRAL, "reason_code": "person_asked"}
    return _canonical(ErasureRequested, data, day, 9, {}, partner="footing")


def _canonical(
    payload: Any, data: dict[str, Any], day: str, sequence: int, said: dict[str, Any], partner: str = "acme"
) -> Any:
    accepted, identity = said.pop("accepted", day), said.pop("id", None)
    about = {"time": at(f"{day}T10:00"), "accepted_at": at(f"{accepted}T11:00"), "sequence": sequence}
    return event(payload, {**data, **said}, id=identity, partner=partner, **about)


def heard(*events: Any, known: Known = KNOWN) -> tuple[Referral, list[dict[str, Any]]]:
    """The referral after these events in this order, and every notification put down on the way."""
    referral, rows = Referral(id=REFERRAL), []
    for each in events:
        ending = HANDLERS[type(each.data)](referral, each, Moment(each.accepted_at, None, known))
        if isinstance(ending, Accept):
            referral = ending.document
            rows += [dict(row.document) for row in ending.rows]
    return referral, rows


def notices(*events: Any) -> list[Notice]:
    """What may be told after these events."""
    return list(owed(heard(*events)[0], KNOWN.oldest_days).values())


def told(*events: Any) -> set[tuple[str, str, str]]:
    """The same as (recipient, purpose, what)."""
    return {(notice.cell.recipient, notice.cell.purpose, notice.cell.what) for notice in notices(*events)}
