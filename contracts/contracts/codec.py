"""The only door to the wire: bytes of a record to an event or to the reason why not, and back. Reading never raises."""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from contracts import payloads
from contracts.entry_withdrawn import EntryWithdrawn
from contracts.envelope import UUID_PATTERN, Event, Payload, Problem, Record, Refusal
from contracts.problems import Refused
from contracts.texts import AN_INSTANT, PRACTICE_PATTERN, instant
from contracts.topics import EVENT_TYPES, PARTNER_PATTERN, EventType, inbox_parts, types_on
from contracts.vocabulary import NOT_KNOWN_HERE
from contracts.wire import JSON, STRUCTURED, media_type, opened

__all__ = [
    "STRUCTURED", "content_hash", "decode_canonical", "decode_inbox", "encode", "objects_to_time", "topic_of",
]  # fmt: skip

_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_AHEAD_AT_MOST: Final = timedelta(minutes=5)
_UUID: Final = re.compile(UUID_PATTERN)
_SUBJECT: Final = re.compile(rf"{UUID_PATTERN[1:-1]}|ods:{PRACTICE_PATTERN[1:-1]}")
_SOURCE: Final = re.compile(rf"urn:footing:partner:({PARTNER_PATTERN})(?::[A-Za-z0-9._-]{{1,64}})?")
_VISIBLE: Final = re.compile(r"[!-~]{1,512}")
_CARRIED: Final = ("correlationid", "causationid", "traceparent", "dataschema")
_A_UUID: Final = "a UUID in canonical lower case"


def decode_inbox(record: Record) -> Event[Payload] | Refusal:
    """Read what a partner wrote to an inbox topic, strictly: unknown fields and codes are refused.

    A `Refusal` without `event_id` means that no identity could be read.
    """
    parts = inbox_parts(record.topic)
    if parts is None:
        return Refusal(Problem("wrong_topic", None, "inbox.<partner>.<topic of the event>"))
    partner, topic = parts
    return _decode(record, topic, partner)


def decode_canonical(record: Record) -> Event[Payload] | Refusal:
    """Read an accepted event tolerantly: unknown fields are ignored, unknown codes read as `not_known_here`."""
    return _decode(record, record.topic, None)


def objects_to_time(event: Event[Payload], at: datetime) -> Problem | None:
    """The problem if the event is said to happen more than 5 minutes after `at`, the moment of acceptance."""
    if event.time > at + _AHEAD_AT_MOST:
        return Problem("time_in_future", "time", "at most 5 minutes ahead of the moment it arrives")
    return None


def _decode(record: Record, topic: str, partner: str | None) -> Event[Payload] | Refusal:
    """`partner` is whose inbox it is, read strictly; None is a canonical topic, read tolerantly."""
    given: dict[str, str] = {}
    try:
        return _event(record, given, topic, partner)
    except Refused as refused:
        identity, kind, subject = (given.get(name, "") for name in ("id", "type", "subject"))
        return Refusal(
            refused.problem,
            event_id=identity if _UUID.fullmatch(identity) else None,
            type=kind if kind in EVENT_TYPES else None,
            referral_id=subject if _UUID.fullmatch(subject) else None,
        )


def _event(record: Record, given: dict[str, str], topic: str, partner: str | None) -> Event[Payload]:
    strict = partner is not None
    body = opened(record, given, strict=strict)
    if _required(given, "specversion", "1.0") != "1.0":
        raise Refused("attribute_invalid", "specversion", "1.0")
    identity = _matching(given, "id", _UUID, _A_UUID)
    kind = _kind(_required(given, "type", "a type of the contract"), topic)
    source = _required(given, "source", "urn:footing:partner:<partner>[:<system>]")
    said_by = _said_by(source)
    if said_by is None:
        raise Refused("attribute_invalid", "source", "urn:footing:partner:<partner>[:<system>]")
    if strict and said_by != partner:
        raise Refused("source_not_yours", "source", "the partner of the inbox or credential")
    subject = _matching(given, "subject", _SUBJECT, "the referral id, or ods:<practice code> for fit notes")
    _keys_agree(record, given, subject)
    time = _time(given)
    _carried_well(given)
    data = payloads.read(kind.payload if strict else kind.canonical, body, strict=strict)
    _agrees(data, identity, subject, time, topic)
    return Event(
        id=identity,
        type=kind.name,
        source=source,
        partner=said_by,
        subject=subject,
        time=time,
        data=data,
        recorded_at=_instant(given, "recordedtime"),
        accepted_at=None if strict else _instant(given, "acceptedtime"),
        sequence=None if strict else _sequence(given),
        correlation_id=given.get("correlationid"),
        causation_id=given.get("causationid"),
        traceparent=given.get("traceparent"),
        dataschema=given.get("dataschema"),
    )


def _required(given: dict[str, str], name: str, expected: str) -> str:
    value = given.get(name)
    if not value:
        raise Refused("attribute_missing", name, expected)
    return value


def _matching(given: dict[str, str], name: str, form: re.Pattern[str], expected: str) -> str:
    value = _required(given, name, expected)
    if not form.fullmatch(value):
        raise Refused("attribute_invalid", name, expected)
    return value


@lru_cache(maxsize=4096)
def _said_by(source: str) -> str | None:
    match = _SOURCE.fullmatch(source)
    return match[1] if match else None


def _kind(name: str, topic: str) -> EventType:
    here = types_on(topic)
    kind = here.get(name)
    if kind is None:
        code = "wrong_topic" if name in EVENT_TYPES else "type_unknown"
        raise Refused(code, "type", "one of " + ", ".join(here))
    return kind


def _keys_agree(record: Record, given: dict[str, str], subject: str) -> None:
    if record.key is None:
        raise Refused("key_missing", "key", "the subject")
    if record.key != subject.encode():
        raise Refused("key_differs", "key", "the subject")
    if given.get("partitionkey", subject) != subject:
        raise Refused("key_differs", "partitionkey", "the subject")


def _time(given: dict[str, str]) -> datetime:
    _required(given, "time", AN_INSTANT)
    time = _instant(given, "time")
    if time is None or time < _EARLIEST:
        raise Refused("time_too_early", "time", "2000-01-01 or later")
    return time


def _instant(given: dict[str, str], name: str) -> datetime | None:
    text = given.get(name)
    if text is None:
        return None
    try:
        return instant(text)
    except ValueError:
        raise Refused("attribute_invalid", name, AN_INSTANT) from None


def _sequence(given: dict[str, str]) -> int | None:
    text = given.get("sequence")
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise Refused("attribute_invalid", "sequence", "a whole number")
    return int(text)


def _carried_well(given: dict[str, str]) -> None:
    """What we carry without reading it is bounded, and no text of any kind: a name or a note has spaces."""
    for name in _CARRIED:
        if name in given and not _VISIBLE.fullmatch(given[name]):
            raise Refused("attribute_invalid", name, "1-512 visible ASCII characters without spaces")
    if "datacontenttype" in given and media_type(given["datacontenttype"]) != JSON:
        raise Refused("content_type_unknown", "datacontenttype", f"{JSON} in UTF-8")


def _agrees(data: Payload, identity: str, subject: str, time: datetime, topic: str) -> None:
    """What envelope and payload both say must be the same."""
    withdrawn = data if type(data) is EntryWithdrawn else None
    about = data.subject()
    if about is None and not subject.startswith("ods:"):
        raise Refused("key_differs", "subject", "ods:<practice code> of the fit notes that are void")
    if about is not None and about != subject:
        raise Refused("key_differs", "subject", "the id that the payload names")
    if data.happened_at() not in (None, time):
        raise Refused("time_differs", "time", "equal to data.started_at")
    if data.target() == identity:
        field = "data.withdraws.id" if withdrawn else "data.supersedes"
        raise Refused("field_invalid", field, "the id of an earlier event")
    if withdrawn and withdrawn.withdraws.type not in (*types_on(topic), NOT_KNOWN_HERE):
        raise Refused("wrong_topic", "data.withdraws.type", "a type that travels on this topic")


def content_hash(event: Event[Payload]) -> bytes:
    """The 12 bytes that tell whether an event of the same identity says the same: type, subject, time and data.

    Absent, null and default are the same, so neither another spelling nor a later optional field changes it.
    """
    said = event.data.__pydantic_serializer__.to_json(event.data, by_alias=True, exclude_defaults=True)
    envelope = f"{event.type}\n{event.subject}\n{event.time.isoformat()}\n"
    return hashlib.sha256(envelope.encode() + said).digest()[:12]


def topic_of(event: Event[Payload]) -> str:
    """The canonical topic of an event; an EntryWithdrawn goes where the event went that it voids."""
    voided = event.data.withdraws.type if isinstance(event.data, EntryWithdrawn) else event.type
    return EVENT_TYPES[voided].topic or ""


def encode(event: Event[Payload]) -> Record:
    """The canonical record of an accepted event, binary mode. Partition and offset are the caller's to know."""
    subject = event.subject.encode()
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", event.id.encode()),
        ("ce_source", event.source.encode()),
        ("ce_type", event.type.encode()),
        ("ce_subject", subject),
        ("ce_time", _written(event.time)),
        ("ce_partitionkey", subject),
        ("content-type", b"application/json"),
    ]
    if event.recorded_at is not None:
        headers.append(("ce_recordedtime", _written(event.recorded_at)))
    if event.accepted_at is not None:
        headers.append(("ce_acceptedtime", _written(event.accepted_at)))
    if event.sequence is not None:
        headers.append(("ce_sequence", b"%d" % event.sequence))
    for name, text in (
        ("ce_correlationid", event.correlation_id),
        ("ce_causationid", event.causation_id),
        ("ce_traceparent", event.traceparent),
        ("ce_dataschema", event.dataschema),
    ):
        if text:
            headers.append((name, text.encode()))
    value = event.data.__pydantic_serializer__.to_json(event.data, by_alias=True, exclude_none=True)
    return Record(topic_of(event), -1, -1, subject, value, tuple(headers))


def _written(moment: datetime) -> bytes:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z").encode()
