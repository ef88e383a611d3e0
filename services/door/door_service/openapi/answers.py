"""What the door answers: schemas, and an example of each, made by the code that answers."""

from collections.abc import Mapping
from typing import Any, Final

from contracts.envelope import Problem
from contracts.exemplars import EVENT, REFERRAL, WHEN
from contracts.reasons import REASONS
from contracts.topics import inbox
from door_service.domain import Fates, Said, told, with_receipt
from door_service.openapi.described import ref
from servicekit.problems import problem_json

_RECEIPTED: Final = ("type", "fate", "at", "referral_id", "reason", "field", "expected")
_TYPE: Final = "footing.session-held.v1"


def schemas(receipt: Mapping[str, Any]) -> dict[str, Any]:
    """What the door says. Answers may get more fields: ignore those that you do not know."""
    text = {"type": "string"}
    told = {name: receipt[name] for name in _RECEIPTED} | {
        "place": {**text, "description": "The record: topic, partition and offset"}
    }
    received = {"event_id": text, "type": text, "fate": {"const": "received"}}
    accepted = {"id": text, "status": {"const": 202}, "location": text}
    problem = {
        "type": {**text, "format": "uri", "description": "urn:footing:reason: and the code"},
        "title": {**text, "description": "What the code means"},
        "status": {"type": "integer"},
        "detail": {**text, "description": "Field and what was expected, in one sentence"},
        "code": {**text, "description": "The reason code. More may come.", "examples": [*REASONS]},
        "field": {**text, "description": receipt["field"]["description"]},
        "expected": {**text, "description": receipt["expected"]["description"]},
        "remedy": {**text, "description": "What to do"},
    }
    refused = {"allOf": [ref("Problem"), _object({"id": receipt["event_id"]}, ["id"])]}
    moment, day, truth = {**text, "format": "date-time"}, {**text, "format": "date"}, {"type": "boolean"}
    there = {"read_model": text, "document": text, "accepted_at": moment, "seen_at": moment}
    counted = {
        **dict.fromkeys(("measure", "title", "scheme_id", "area", "definition", "unit"), text),
        **dict.fromkeys(("synthetic", "open"), truth),
        "counts_from": day,
        "parts": {"type": "object", "additionalProperties": {"type": "integer"}},
    }
    lineage = {
        "projected": {"anyOf": [_object(there, list(there)), {"type": "null"}],
                      "description": "In which read model it stood when it was asked, under which document"},
        "counted_in": {"type": "array", "items": _object(counted, list(counted)),
                       "description": "The measures that would be other without it: of which scheme, area and day"},
        "not_counted": {"anyOf": [_object({"code": text, "text": text}, ["code", "text"]), {"type": "null"}],
                        "description": "Why it is counted in nothing today"},
        "as_of": {**day, "description": "The day as of which it is told what is counted"},
    }  # fmt: skip
    history = {"type": "array", "items": ref("Said"), "description": "Every receipt, in the order of time"}
    same_id = {"type": "array", "items": text, "description": "Other types of event that have this id"}
    return {
        "Problem": _object(problem, list(problem)),
        "Received": _object(received, list(received)),
        "Verdicts": {"type": "array", "items": {"anyOf": [_object(accepted, list(accepted)), refused]}},
        "Said": _object(told, ["type", "fate", "at", "place"]),
        "Fate": {
            "allOf": [
                ref("Said"),
                _object({"event_id": text, "history": history, "same_id": same_id, **lineage}, ["event_id", "history"]),
            ]
        },
    }


def _object(properties: Mapping[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": {**properties}}


def examples() -> dict[str, Any]:
    """An answer of each kind, by the name of its schema."""
    place = f"{inbox('acme', 'session-held')}/1/17"
    fates = Fates(id=f"acme/{EVENT}")
    for fate in ("received", "accepted"):
        fates = with_receipt(fates, Said(_TYPE, fate, WHEN, place, REFERRAL))
    problem = Problem("field_missing", "data.minutes", "this field")
    return {
        "Received": {"event_id": EVENT, "type": _TYPE, "fate": "received"},
        "Verdicts": [
            {"id": EVENT, "status": 202, "location": f"/events/{EVENT}"},
            {"id": REFERRAL, **problem_json(422, problem)},
        ],
        "Fate": told(fates, None),
    }
