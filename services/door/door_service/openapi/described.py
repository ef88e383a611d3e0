"""What the routes say of themselves in `/openapi.json`; the schemas that they name are added by `openapi.py`."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from contracts.attributes import ATTRIBUTES
from contracts.codec import STRUCTURED
from contracts.envelope import Problem
from contracts.reasons import ATTRIBUTE, FIELD, REASONS, Reason
from contracts.topics import LARGEST_VALUE_BYTES
from door_service.domain import BATCH, JSON
from servicekit.problems import PROBLEM_JSON, problem_json

Responses = dict[int | str, dict[str, Any]]

_SAYS: Final = {
    400: "It cannot be read",
    401: "No credential, or nobody's",
    403: "Not yours to say",
    404: "There is none, or it is another partner's",
    408: "The body came too slowly",
    413: "Too large",
    415: "Content type unknown, or compressed",
    422: "The contract refuses it",
    429: "More than the partner's limit; nothing was written",
    431: "The head is too large",
    500: "A fault of ours",
    503: "Nothing can be taken or told just now; nothing was written",
}
_RETRY: Final = {"Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer", "minimum": 1}}}
_HEADERS: Final[Mapping[int, dict[str, Any]]] = {
    401: {"WWW-Authenticate": {"schema": {"const": "Bearer"}}},
    429: _RETRY,
    503: _RETRY,
}
# What a gate would say, and the door knows too.
_GATES_TOO: Final = ("time_in_future", "partner_disabled", "event_not_yours", "synthetic_only", "scheme_not_yours")
_OF_AN_EVENT: Final = (400, 401, 403, 408, 413, 415, 422, 429, 431, 500, 503)


def ref(schema: str) -> dict[str, str]:
    """A schema of the document by its name."""
    return {"$ref": f"#/components/schemas/{schema}"}


def problems(statuses: Iterable[int]) -> Responses:
    """The answers that say what is wrong, each with the reason codes that may come."""
    return {status: _problems(status) for status in statuses}


def _problems(status: int) -> dict[str, Any]:
    said = [reason for reason in REASONS.values() if reason.status == status and _is_said(reason)]
    examples = {
        reason.code: {"summary": reason.meaning, "value": problem_json(status, _example_of(reason))} for reason in said
    }
    content = {PROBLEM_JSON: {"schema": ref("Problem"), "examples": examples}}
    headers = {"headers": _HEADERS[status]} if status in _HEADERS else {}
    return {"description": _SAYS[status], "content": content, **headers}


def _is_said(reason: Reason) -> bool:
    return reason.found != "gate" or reason.code in _GATES_TOO


def _example_of(reason: Reason) -> Problem:
    field = {ATTRIBUTE: "subject", FIELD: "data.minutes"}.get(reason.fields[0], reason.fields[0])
    return Problem(reason.code, field, "what the contract says of it")


def _json(schema: str) -> dict[str, Any]:
    return {JSON: {"schema": ref(schema)}}


PUBLISH: Final[dict[str, Any]] = {
    "tags": ["events"],
    "parameters": [
        {
            "name": f"ce-{attribute.name}",
            "in": "header",
            "required": False,
            "description": f"Binary mode{', where it is required' if attribute.use == 'required' else ''}. "
            f"{attribute.meaning} Percent-encoded where it is not ASCII. Form: {attribute.form}.",
            "schema": {"type": "string"},
        }
        for attribute in ATTRIBUTES.values()
        if attribute.use != "ours"
    ],
    "requestBody": {
        "required": True,
        "description": f"At most {LARGEST_VALUE_BYTES} bytes an event, 8 MiB a batch; not compressed.",
        "content": {
            JSON: {"schema": ref("Payload")},
            STRUCTURED: {"schema": ref("Event")},
            BATCH: {"schema": ref("Batch")},
        },
    },
}
PUBLISHED: Final[Responses] = {
    200: {"description": "A batch: one verdict for each event, in order", "content": _json("Verdicts")},
    202: {
        "description": "One event: it is in the inbox. Its fate comes as a receipt, and can be asked at `Location`.",
        "headers": {"Location": {"description": "Where its fate can be asked", "schema": {"type": "string"}}},
        "content": _json("Received"),
    },
    **problems(_OF_AN_EVENT),
}
ASKED: Final[Responses] = {
    200: {"description": "The fate, its history and what it is counted in", "content": _json("Fate")},
    **problems((401, 404, 429, 431, 500, 503)),
}
