"""From a record to an event: the rules of the envelope, and that envelope and payload agree. Raises `Refused`."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, NoReturn

from contracts import payloads
from contracts.attributes import A_SOURCE, A_SUBJECT, VISIBLE
from contracts.entry_withdrawn import EntryWithdrawn
from contracts.envelope import Event, Payload, Record
from contracts.problems import Refused
from contracts.texts import AN_INSTANT, IN_WORDS, PRACTICE_PATTERN, UUID_PATTERN, instant
from contracts.topics import EVENT_TYPES, PARTNER_PATTERN, types_on
from contracts.vocabulary import NOT_KNOWN_HERE
from contracts.wire import JSON, media_type, opened

_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_is_uuid: Final = re.compile(UUID_PATTERN).fullmatch
_is_subject: Final = re.compile(rf"{UUID_PATTERN[1:-1]}|ods:{PRACTICE_PATTERN[1:-1]}").fullmatch
_SOURCE: Final = re.compile(rf"urn:footing:partner:({PARTNER_PATTERN})(?::[A-Za-z0-9._-]{{1,64}})?")
_VISIBLE: Final = re.compile(r"[!-~]{1,512}")
_CARRIED: Final = ("correlationid", "causationid", "traceparent", "dataschema")
_SELDOM: Final = frozenset((*_CARRIED, "datacontenttype"))


def read(record: Record, given: dict[str, str], topic: str, partner: str | None) -> Event[Payload]:
    """The event, strictly for `partner`'s inbox, tolerantly if that is None; `given` is filled with what it says."""
    strict = partner is not None
    body = opened(record, given, strict=strict)
    if given.get("specversion") != "1.0":
        raise _wrong(given, "specversion", "1.0")
    identity = given.get("id", "")
    if not _is_uuid(identity):
        raise _wrong(given, "id", IN_WORDS[UUID_PATTERN])
    kind = types_on(topic).get(given.get("type", "")) or _no_kind(given, topic)
    source = given.get("source", "")
    speaker = said_by(source)
    if speaker is None:
        raise _wrong(given, "source", A_SOURCE)
    if strict and speaker != partner:
        raise Refused("source_not_yours", "source", "the partner of the inbox or credential")
    subject = given.get("subject", "")
    if not _is_subject(subject):
        raise _wrong(given, "subject", A_SUBJECT)
    _keys_agree(record, given, subject)
    time = _time(given)
    _carried_well(given)
    data = payloads.read(kind.payload if strict else kind.canonical, body, strict=strict)
    _agrees(data, identity, subject, time, topic)
    return Event(
        id=identity,
        type=kind.name,
        source=source,
        partner=speaker,
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


def _wrong(given: dict[str, str], name: str, expected: str) -> Refused:
    """An attribute that is missing (an empty one is), or else has not the form that is expected."""
    return Refused("attribute_invalid" if given.get(name) else "attribute_missing", name, expected)


@lru_cache(maxsize=4096)
def said_by(source: str) -> str | None:
    """The partner that a `source` names; None if it has not the form of one."""
    match = _SOURCE.fullmatch(source)
    return match[1] if match else None


def _no_kind(given: dict[str, str], topic: str) -> NoReturn:
    name = given.get("type")
    if not name:
        raise Refused("attribute_missing", "type", "a type of the contract")
    code = "wrong_topic" if name in EVENT_TYPES else "type_unknown"
    raise Refused(code, "type", "one of " + ", ".join(types_on(topic)))


def _keys_agree(record: Record, given: dict[str, str], subject: str) -> None:
    if record.key is None:
        raise Refused("key_missing", "key", "the subject")
    if record.key != subject.encode():
        raise Refused("key_differs", "key", "the subject")
    if given.get("partitionkey", subject) != subject:
        raise Refused("key_differs", "partitionkey", "the subject")


def _time(given: dict[str, str]) -> datetime:
    if not given.get("time"):
        raise Refused("attribute_missing", "time", AN_INSTANT)
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
    if _SELDOM.isdisjoint(given):
        return
    for name in _CARRIED:
        if name in given and not _VISIBLE.fullmatch(given[name]):
            raise Refused("attribute_invalid", name, VISIBLE)
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
