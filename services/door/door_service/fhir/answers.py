"""What the FHIR door answers: a response Bundle, an OperationOutcome, what it can do. Never a value that was sent."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version
from typing import Any, Final

from contracts.reasons import REASONS
from door_service.fhir import names
from door_service.fhir.bundle import Message

FHIR_JSON: Final = "application/fhir+json"
_SINCE: Final = "2026-11-22"  # when what it can do was last changed

_BARS_CODES: Final = {
    400: "REC_BAD_REQUEST",
    401: "REC_UNAUTHORIZED",
    403: "REC_FORBIDDEN",
    422: "REC_UNPROCESSABLE_ENTITY",
    503: "REC_SERVICE_UNAVAILABLE",
}
"""Where BaRS has a name for a status."""
_ISSUE_OF_STATUS: Final = {
    401: "login",
    403: "forbidden",
    408: "timeout",
    413: "too-long",
    415: "not-supported",
    429: "throttled",
    503: "transient",
}
_ISSUE_OF_REASON: Final = {
    "not_json": "structure",
    "field_repeated": "structure",
    "field_missing": "required",
    "attribute_missing": "required",
    "field_unknown": "not-supported",
    "field_invalid": "value",
    "attribute_invalid": "value",
    "time_too_early": "value",
    "time_in_future": "value",
    "code_unknown": "code-invalid",
}
_STATUS_OF_ENCOUNTER: Final = {"active": "planned", "revoked": "cancelled", "entered-in-error": "entered-in-error"}


def outcome(status: int, code: str, path: str | None, expected: str | None) -> dict[str, Any]:
    """An OperationOutcome: the reason code of the contract, the FHIRPath, what was expected."""
    issue: dict[str, Any] = {
        "severity": "error",
        "code": _ISSUE_OF_STATUS.get(status) or _ISSUE_OF_REASON.get(code, "business-rule"),
        "details": {"coding": _codings(status, code), "text": REASONS[code].meaning},
    }
    if expected:
        issue["diagnostics"] = f"Expected: {expected}"
    if path:
        issue["expression"] = [path]
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def _codings(status: int, code: str) -> list[Mapping[str, str]]:
    ours = {"system": names.REASON, "code": code}
    bars = _BARS_CODES.get(status)
    return [ours] if bars is None else [ours, {"system": names.HTTP_ERRORS, "code": bars}]


def response(message: Message, referral_id: str, event_id: str, now: datetime) -> dict[str, Any]:
    """The message that says ok. As in BaRS, an Encounter has our own names of the referral and of the event."""
    header, answer = (str(uuid.uuid5(uuid.UUID(message.id), what)) for what in ("header", "answer"))
    encounter = {
        "resourceType": "Encounter",
        "identifier": [
            {"system": names.REFERRAL, "value": referral_id},
            {"system": names.EVENT, "value": event_id},
        ],
        "status": _STATUS_OF_ENCOUNTER[str(message.request.part("status").text())],
        "class": {"system": names.ACT_CODES, "code": "AMB"},
    }
    said = {
        "resourceType": "MessageHeader",
        "id": header,
        "eventCoding": {"system": names.EVENTS, "code": names.RESPONSE},
        "source": {"name": "Footing", "endpoint": names.OURSELVES},
        "response": {"identifier": message.id, "code": "ok"},
        "focus": [{"reference": f"urn:uuid:{referral_id}"}],
    }
    return {
        "resourceType": "Bundle",
        "id": answer,
        "meta": {"profile": [names.BUNDLE_PROFILE]},
        "type": "message",
        "timestamp": now.isoformat(timespec="seconds"),
        "entry": [
            {"fullUrl": f"urn:uuid:{header}", "resource": said},
            {"fullUrl": f"urn:uuid:{referral_id}", "resource": encounter},
        ],
    }


def capability() -> dict[str, Any]:
    """The CapabilityStatement: one operation, two kinds of message."""
    return {
        "resourceType": "CapabilityStatement",
        "name": "FootingDoor",
        "title": "Footing: referrals to work-and-health support by BaRS message",
        "status": "active",
        "date": _SINCE,
        "kind": "instance",
        "software": {"name": "Footing", "version": version("footing-door")},
        "implementation": {"description": "The door of Footing. Messages are taken one by one, and answered at once."},
        "fhirVersion": "4.0.1",
        "format": [FHIR_JSON],
        "rest": [
            {
                "mode": "server",
                "security": {"description": "Authorization: Bearer <token of the partner>"},
                "operation": [
                    {
                        "name": "process-message",
                        "definition": "http://hl7.org/fhir/OperationDefinition/MessageHeader-process-message",
                    }
                ],
            }
        ],
        "messaging": [
            {"supportedMessage": [{"mode": "receiver", "definition": definition} for definition in names.DEFINITIONS]}
        ],
    }
