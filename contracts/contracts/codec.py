"""The only place that parses the wire: bytes of a record to an event, or to the reason why not. It never raises."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json

from contracts import vocabulary
from contracts.entry_withdrawn import EntryWithdrawn
from contracts.envelope import UUID_PATTERN, Event, Payload, Problem, Record, Refusal
from contracts.session_held import SessionHeld
from contracts.topics import EVENT_TYPES, LARGEST_VALUE_BYTES, PARTNER_PATTERN, EventType, inbox_parts, types_on

STRUCTURED: Final = "application/cloudevents+json"
_JSON: Final = "application/json"
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_UUID: Final = re.compile(UUID_PATTERN)
_SUBJECT: Final = re.compile(r"^ods:[A-Z][A-Z0-9]{2,5}$")
_SOURCE: Final = re.compile(rf"^urn:footing:partner:({PARTNER_PATTERN})(?::[A-Za-z0-9._-]{{1,64}})?$")
_RFC3339: Final = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$")
_SAFE_NAME: Final = re.compile(r"^[a-z_][a-z0-9_]{0,39}$")
_LONGEST_ATTRIBUTE: Final = 512
_PLAIN_ATTRIBUTES: Final = ("correlationid", "causationid", "traceparent", "dataschema")


class _Refused(Exception):  # noqa: N818  control flow inside this module only
    def __init__(self, code: str, field: str | None = None, expected: str | None = None) -> None:
        super().__init__(code)
        self.problem = Problem(code, field, expected)


def decode_inbox(record: Record) -> Event[Payload] | Refusal:
    """Read what a partner wrote to an inbox topic, strictly: unknown fields and codes are refused.

    A `Refusal` without `event_id` means that no identity could be read.
    """
    partner, topic = inbox_parts(record.topic) or ("", record.topic)
    return _decode(record, topic, partner, strict=True)


def decode_canonical(record: Record) -> Event[Payload] | Refusal:
    """Read an accepted event tolerantly: unknown fields are ignored, unknown codes read as `not_known_here`."""
    return _decode(record, record.topic, None, strict=False)


def _decode(record: Record, topic: str, partner: str | None, *, strict: bool) -> Event[Payload] | Refusal:
    attributes: dict[str, str] = {}
    try:
        data = _open(record, attributes, strict=strict)
        return _event(record, attributes, data, topic, partner, strict=strict)
    except _Refused as refused:
        identity = attributes.get("id", "")
        subject = attributes.get("subject", "")
        kind = attributes.get("type", "")
        return Refusal(
            refused.problem,
            event_id=identity if _UUID.match(identity) else None,
            type=kind if kind in EVENT_TYPES else None,
            referral_id=subject if _UUID.match(subject) else None,
        )


def _open(record: Record, attributes: dict[str, str], *, strict: bool) -> bytes | dict[str, Any]:
    """Fill `attributes` from headers or structured value; return the payload as bytes or parsed."""
    headers = _headers(record, attributes)
    if record.value is None:
        raise _Refused("record_empty", None, "an event as the value")
    if strict and len(record.value) > LARGEST_VALUE_BYTES:
        raise _Refused("too_large", None, f"at most {LARGEST_VALUE_BYTES} bytes")
    content_type = headers.split(";")[0].strip().lower()
    if content_type == STRUCTURED:
        return _structured(record.value, attributes)
    if content_type not in ("", _JSON):
        raise _Refused("content_type_unknown", "content-type", f"{_JSON} or {STRUCTURED}")
    return record.value


def _headers(record: Record, attributes: dict[str, str]) -> str:
    content_type = ""
    bad: str | None = None
    for name, value in record.headers:
        lower = name.lower()
        if not lower.startswith("ce_") and lower != "content-type":
            continue
        try:
            text = (value or b"").decode()
        except UnicodeDecodeError:
            bad = bad or lower
            continue
        if lower == "content-type":
            content_type = text
        else:
            attributes[lower[3:]] = text
    if bad:
        raise _Refused("header_not_utf8", bad.removeprefix("ce_") if _SAFE_NAME.match(bad) else None, "UTF-8")
    return content_type


def _structured(value: bytes, attributes: dict[str, str]) -> dict[str, Any]:
    try:
        parsed = from_json(value, allow_inf_nan=False)
    except ValueError:
        raise _Refused("not_json", None, "a CloudEvent as a JSON object") from None
    if not isinstance(parsed, dict):
        raise _Refused("not_json", None, "a CloudEvent as a JSON object")
    data = parsed.pop("data", None)
    attributes.clear()
    attributes.update({name: given for name, given in parsed.items() if isinstance(given, str)})
    for name, given in parsed.items():
        if not isinstance(given, str):
            raise _Refused("attribute_invalid", _named(name), "a string")
    if not isinstance(data, dict):
        raise _Refused("field_missing", "data", "the payload as a JSON object")
    return data


def _event(
    record: Record,
    given: Mapping[str, str],
    data: bytes | dict[str, Any],
    topic: str,
    partner: str | None,
    *,
    strict: bool,
) -> Event[Payload]:
    _attribute(given, "specversion", lambda value: value == "1.0", "1.0")
    identity = _attribute(given, "id", _UUID.match, "a UUID in canonical lower case")
    kind = _kind(_attribute(given, "type", bool, "a type of the contract"), topic)
    source = _attribute(given, "source", _SOURCE.match, "urn:footing:partner:<partner>[:<system>]")
    said_by = source.split(":")[3]
    if partner is not None and said_by != partner:
        raise _Refused("source_not_yours", "source", "the partner of the inbox or credential")
    subject = _attribute(given, "subject", _is_subject, "the referral id (or ods:<practice code>)")
    time = _instant(given, "time", required=True)
    if time is None or time < _EARLIEST:
        raise _Refused("time_too_early", "time", "2000-01-01 or later")
    _keys_agree(record, given, subject)
    if given.get("datacontenttype", _JSON).split(";")[0].strip().lower() != _JSON:
        raise _Refused("content_type_unknown", "datacontenttype", _JSON)
    for name in _PLAIN_ATTRIBUTES:
        if len(given.get(name, "")) > _LONGEST_ATTRIBUTE:
            raise _Refused("attribute_invalid", name, f"at most {_LONGEST_ATTRIBUTE} characters")
    payload = _payload(kind, data, strict=strict)
    _agrees(payload, subject, time, topic)
    sequence = given.get("sequence", "") if not strict else ""
    return Event(
        id=identity,
        type=kind.name,
        source=source,
        partner=said_by,
        subject=subject,
        time=time,
        data=payload,
        recorded_at=_instant(given, "recordedtime"),
        accepted_at=None if strict else _instant(given, "acceptedtime"),
        sequence=int(sequence) if sequence.isdecimal() else None,
        correlation_id=given.get("correlationid"),
        causation_id=given.get("causationid"),
        traceparent=given.get("traceparent"),
        dataschema=given.get("dataschema"),
    )


def _attribute(given: Mapping[str, str], name: str, holds: Any, expected: str) -> str:
    value = given.get(name)
    if value is None or value == "":
        raise _Refused("attribute_missing", name, expected)
    if not holds(value):
        raise _Refused("attribute_invalid", name, expected)
    return value


def _is_subject(value: str) -> bool:
    return bool(_UUID.match(value) or _SUBJECT.match(value))


def _kind(name: str, topic: str) -> EventType:
    kind = EVENT_TYPES.get(name)
    if kind is None:
        raise _Refused("type_unknown", "type", "one of " + ", ".join(t.name for t in types_on(topic)))
    if kind not in types_on(topic):
        raise _Refused("wrong_topic", "type", "one of " + ", ".join(t.name for t in types_on(topic)))
    return kind


def _instant(given: Mapping[str, str], name: str, *, required: bool = False) -> datetime | None:
    value = given.get(name)
    if value is None:
        if required:
            raise _Refused("attribute_missing", name, "RFC 3339 with offset")
        return None
    try:
        if not _RFC3339.match(value):
            raise ValueError
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _Refused("attribute_invalid", name, "RFC 3339 with offset") from None


def _keys_agree(record: Record, given: Mapping[str, str], subject: str) -> None:
    if record.key is None:
        raise _Refused("key_missing", "key", "the subject")
    if record.key != subject.encode():
        raise _Refused("key_differs", "key", "the subject")
    if given.get("partitionkey", subject) != subject:
        raise _Refused("key_differs", "partitionkey", "the subject")


def _payload(kind: EventType, data: bytes | dict[str, Any], *, strict: bool) -> Payload:
    model = kind.payload if strict else kind.canonical
    context = None if strict else vocabulary.TOLERANT
    extra = None if strict else "ignore"
    try:
        if isinstance(data, dict):
            data = json.dumps(data).encode()
        return model.model_validate_json(data, context=context, extra=extra)  # type: ignore[arg-type]
    except ValidationError as invalid:
        raise _first_problem(invalid) from None
    except (ValueError, RecursionError):
        raise _Refused("not_json", None, "UTF-8 JSON") from None


def _first_problem(invalid: ValidationError) -> _Refused:
    errors = invalid.errors(include_url=False, include_input=False)
    return _refused(min(errors, key=lambda error: error["type"] != "missing"))


_CODES: Final = {
    "missing": "field_missing",
    "extra_forbidden": "field_unknown",
    "code_unknown": "code_unknown",
    "literal_error": "code_unknown",
    "string_too_long": "too_long",
    "too_long": "too_long",
}


def _refused(error: ErrorDetails) -> _Refused:
    path = ".".join(str(part) if isinstance(part, int) else _named(part) for part in error["loc"])
    if error["type"] == "json_invalid":
        return _Refused("not_json", None, "UTF-8 JSON")
    if error["type"] == "rule":
        rule = error["ctx"]
        return _Refused(
            rule["code"], f"data.{path}.{rule['field']}" if path else f"data.{rule['field']}", rule["expected"]
        )
    code = _CODES.get(error["type"], "field_invalid")
    return _Refused(code, f"data.{path}" if path else "data", _expected(error))


def _expected(error: ErrorDetails) -> str:
    match error["type"]:
        case "missing":
            return "this field"
        case "extra_forbidden":
            return "no such field"
        case _:
            return error["msg"][:200]


def _named(field: str) -> str:
    """A field's name if it can be one of ours or near it; never a text that might say something about a person."""
    return field if _SAFE_NAME.match(field) else "?"


def _agrees(payload: Payload, subject: str, time: datetime, topic: str) -> None:
    about = getattr(payload, "referral_id", None)
    practice = getattr(payload, "practice", None)
    named = about if about is not None else f"ods:{practice.code}" if practice is not None else subject
    if named != subject:
        raise _Refused("key_differs", "subject", "the id that the payload names")
    if isinstance(payload, SessionHeld) and payload.started_at != time:
        raise _Refused("time_differs", "time", "equal to data.started_at")
    if isinstance(payload, EntryWithdrawn) and not any(kind.name == payload.withdraws.type for kind in types_on(topic)):
        raise _Refused("wrong_topic", "data.withdraws.type", "a type that travels on this topic")


def content_hash(event: Event[Payload]) -> bytes:
    """The 12 bytes that tell whether an event of the same identity says the same: type, subject, time and data."""
    said = f"{event.type}\n{event.subject}\n{event.time.isoformat()}\n{event.data.model_dump_json(by_alias=True)}"
    return hashlib.sha256(said.encode()).digest()[:12]


def topic_of(event: Event[Payload]) -> str:
    """The canonical topic of an event; an EntryWithdrawn goes where the event went that it voids."""
    voided = event.data.withdraws.type if isinstance(event.data, EntryWithdrawn) else event.type
    return EVENT_TYPES[voided].topic or ""


def encode(event: Event[Payload]) -> Record:
    """The canonical record of an accepted event, binary mode. Partition and offset are the caller's to know."""
    headers = [
        ("ce_specversion", "1.0"),
        ("ce_id", event.id),
        ("ce_source", event.source),
        ("ce_type", event.type),
        ("ce_subject", event.subject),
        ("ce_time", _written(event.time)),
        ("ce_partitionkey", event.subject),
        ("content-type", _JSON),
    ]
    optional = (
        ("ce_recordedtime", event.recorded_at and _written(event.recorded_at)),
        ("ce_acceptedtime", event.accepted_at and _written(event.accepted_at)),
        ("ce_sequence", None if event.sequence is None else str(event.sequence)),
        ("ce_correlationid", event.correlation_id),
        ("ce_causationid", event.causation_id),
        ("ce_traceparent", event.traceparent),
        ("ce_dataschema", event.dataschema),
    )
    headers += [(name, value) for name, value in optional if value]
    return Record(
        topic=topic_of(event),
        partition=-1,
        offset=-1,
        key=event.subject.encode(),
        value=event.data.model_dump_json(by_alias=True, exclude_none=True).encode(),
        headers=tuple((name, value.encode()) for name, value in headers),
    )


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
