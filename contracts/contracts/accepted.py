"""A quick way in for accepted events, for whoever needs little of each: what is not asked for is not looked at.

Only for canonical topics, where everything was validated by a gate. What is in any way unusual goes the ordinary way,
`codec.decode_canonical`, and so ends as it always did.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar

from contracts import codec
from contracts.envelope import Event, Payload, Record, Refusal
from contracts.texts import PRACTICE_PATTERN, UUID_PATTERN
from contracts.topics import PARTNER_PATTERN, types_on

_UUID: Final = re.compile(UUID_PATTERN[1:-1].encode())
_SUBJECT: Final = re.compile(rf"{UUID_PATTERN[1:-1]}|ods:{PRACTICE_PATTERN[1:-1]}".encode())
_INSTANT: Final = re.compile(
    rb"2[0-9]{3}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?Z"
)
_SOURCE: Final = re.compile(rf"urn:footing:partner:({PARTNER_PATTERN})(?::[A-Za-z0-9._-]{{1,64}})?".encode())
_JSON: Final = b"application/json"


class Said(Protocol):
    """What is read of a payload."""

    def agrees(self, event: "Accepted[Any]", topic: str) -> bool:
        """Whether envelope and payload say the same, where both say it."""
        ...


T = TypeVar("T", bound=Said)


class Accepted(NamedTuple, Generic[T]):
    """An accepted event as far as it was asked for; the names are those of `Event`."""

    id: str
    type: str
    partner: str
    subject: str
    time: datetime
    accepted_at: datetime
    data: T


def read_accepted(record: Record, shapes: Mapping[str, Callable[[bytes], T]]) -> Accepted[T] | Event[Payload] | Refusal:
    """The event of a record of a canonical topic. Never raises.

    `shapes` gives for a type of event what reads its payload: it raises `ValueError` for whatever it is not sure of.
    """
    try:
        quick = _quick(record, shapes)
    except (KeyError, TypeError, ValueError):  # a header or field that is not there, or not as we write it
        quick = None
    return quick or codec.decode_canonical(record)


def _quick(record: Record, shapes: Mapping[str, Callable[[bytes], T]]) -> Accepted[T] | None:
    """The event as our own gates write it: binary mode, each header once, instants in UTC; None if it is otherwise."""
    said = dict(record.headers)
    identity, source, subject, time = said["ce_id"], said["ce_source"], said["ce_subject"], said["ce_time"]
    if identity is None or source is None or subject is None or time is None or record.value is None:
        return None
    as_written = (
        len(said) == len(record.headers)
        and record.key == subject
        and said.get("ce_partitionkey", subject) == subject
        and said["ce_specversion"] == b"1.0"
        and said.get("content-type", _JSON) == _JSON
        and _UUID.fullmatch(identity)
        and _SUBJECT.fullmatch(subject)
        and _INSTANT.fullmatch(time)
    )
    kind, partner = _kind(record.topic, said["ce_type"]), _partner(source)
    if not as_written or kind is None or partner is None:
        return None
    happened, accepted_at = datetime.fromisoformat(time.decode()), _instant(said["ce_acceptedtime"])
    data = shapes[kind](record.value)
    event = Accepted(identity.decode(), kind, partner, subject.decode(), happened, accepted_at, data)
    return event if data.agrees(event, record.topic) else None


@lru_cache(maxsize=256)
def _kind(topic: str, name: bytes | None) -> str | None:
    """The type of event, if it may travel on the topic."""
    kind = types_on(topic).get((name or b"").decode())
    return kind.name if kind else None


@lru_cache(maxsize=4096)
def _partner(source: bytes) -> str | None:
    match = _SOURCE.fullmatch(source)
    return match[1].decode() if match else None


@lru_cache(maxsize=4096)  # a gate accepts many events in the same millisecond
def _instant(text: bytes | None) -> datetime:
    if not _INSTANT.fullmatch(text or b""):
        raise ValueError
    return datetime.fromisoformat((text or b"").decode())
