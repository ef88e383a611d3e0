"""The only door to the wire: bytes of a record to an event or to the reason why not, and back. Reading never raises."""

import hashlib
import re
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from contracts import reading
from contracts.entry_withdrawn import EntryWithdrawn
from contracts.envelope import Event, Payload, Problem, Record, Refusal
from contracts.problems import Refused
from contracts.reading import said_by
from contracts.texts import UUID_PATTERN, in_utc
from contracts.topics import EVENT_TYPES, inbox_parts
from contracts.wire import STRUCTURED

__all__ = [
    "STRUCTURED", "content_hash", "decode_canonical", "decode_inbox", "encode", "objects_to_time", "said_by",
    "topic_of",
]  # fmt: skip

_AHEAD_AT_MOST: Final = timedelta(minutes=5)
_UUID: Final = re.compile(UUID_PATTERN)
_SPEC_VERSION: Final = ("ce_specversion", b"1.0")
_CONTENT_TYPE: Final = ("content-type", b"application/json")


def decode_inbox(record: Record) -> Event[Payload] | Refusal:
    """Read what a partner wrote to an inbox topic, strictly: unknown fields and codes are refused.

    A `Refusal` without `event_id` means that no identity could be read.
    """
    parts = inbox_parts(record.topic)
    if parts is None:
        return Refusal(Problem("wrong_topic", "topic", "inbox.<partner>.<topic of the event>"))
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
        return reading.read(record, given, topic, partner)
    except Refused as refused:
        identity, kind, subject = (given.get(name, "") for name in ("id", "type", "subject"))
        return Refusal(
            refused.problem,
            event_id=identity if _UUID.fullmatch(identity) else None,
            type=kind if kind in EVENT_TYPES else None,
            referral_id=subject if _UUID.fullmatch(subject) else None,
        )


def content_hash(event: Event[Payload]) -> bytes:
    """The 12 bytes that tell whether an event of the same identity says the same: type, subject, time and data.

    Absent, null and default are the same, so neither another spelling nor a later optional field changes it.
    """
    said = event.data.__pydantic_serializer__.to_json(event.data, by_alias=True, exclude_defaults=True)
    time = _written(event.time)[:-1]
    envelope = b"%b\n%b\n%b+00:00\n" % (event.type.encode(), event.subject.encode(), time)
    return hashlib.sha256(envelope + said).digest()[:12]


def topic_of(event: Event[Payload]) -> str:
    """The canonical topic of an event; an EntryWithdrawn goes where the event went that it voids."""
    voided = event.data.withdraws.type if isinstance(event.data, EntryWithdrawn) else event.type
    return EVENT_TYPES[voided].topic or ""


def encode(event: Event[Payload], *, accepted_at: datetime | None = None, sequence: int | None = None) -> Record:
    """The canonical record of an event, binary mode; a gate says when it accepted it and what version it made.

    Partition and offset are the caller's to know.
    """
    accepted_at = accepted_at or event.accepted_at
    sequence = event.sequence if sequence is None else sequence
    subject = event.subject.encode()
    headers = [
        _SPEC_VERSION,
        ("ce_id", event.id.encode()),
        _header("ce_source", event.source),
        _header("ce_type", event.type),
        ("ce_subject", subject),
        ("ce_time", _written(event.time)),
        ("ce_partitionkey", subject),
        _CONTENT_TYPE,
    ]
    if event.recorded_at is not None:
        headers.append(("ce_recordedtime", _written(event.recorded_at)))
    if accepted_at is not None:
        headers.append(("ce_acceptedtime", _written(accepted_at)))
    if sequence is not None:
        headers.append(("ce_sequence", b"%d" % sequence))
    if event.correlation_id:
        headers.append(("ce_correlationid", event.correlation_id.encode()))
    if event.causation_id:
        headers.append(("ce_causationid", event.causation_id.encode()))
    if event.traceparent:
        headers.append(("ce_traceparent", event.traceparent.encode()))
    if event.dataschema:
        headers.append(("ce_dataschema", event.dataschema.encode()))
    value = event.data.__pydantic_serializer__.to_json(event.data, by_alias=True, exclude_none=True)
    return Record(topic_of(event), -1, -1, subject, value, tuple(headers))


@lru_cache(maxsize=1024)  # of sources and types
def _header(name: str, text: str) -> tuple[str, bytes]:
    return name, text.encode()


@lru_cache(maxsize=8192)  # a batch is accepted at one moment, and each time is hashed before it is written
def _written(moment: datetime) -> bytes:
    return f"{in_utc(moment).isoformat()[:-6]}Z".encode()  # without the +00:00
