"""What a partner says, and its bytes: CloudEvents headers and JSON, or the structured form. Nothing is checked here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from contracts.codec import STRUCTURED
from contracts.topics import EVENT_TYPES, inbox

COUNTS: Final = "accepted"
REPEATS: Final = "duplicate"


@dataclass(frozen=True, slots=True)
class Fact:
    """One event before it is bytes. `time`: when it happened; `said`: when the partner says it."""

    partner: str
    event: str
    id: str
    subject: str
    time: datetime
    said: datetime
    data: Mapping[str, Any]
    topic: str
    structured: bool = False
    fate: str = COUNTS

    def corrected(self, new_id: str, said: datetime, **changed: Any) -> "Fact":
        """The event that takes this one's place."""
        return replace(self, id=new_id, said=said, data={**self.data, **changed, "supersedes": self.id})


@dataclass(frozen=True, slots=True)
class Said:
    """One record for an inbox topic. `fate`: what must become of it, a reason code where it is to be refused."""

    said: datetime
    partner: str
    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    fate: str = COUNTS

    @property
    def inbox(self) -> str:
        """The partner's own topic that it is written to."""
        return inbox(self.partner, self.topic)


def fact(partner: str, event: str, time: datetime, data: Mapping[str, Any], *, subject: str, identity: str) -> Fact:
    """A fact said as soon as it happened, on the topic of its event."""
    topic = EVENT_TYPES[type_of(event)].topic
    if topic is None:
        raise ValueError(f"{event} travels on the topic of what it voids: name it")
    return Fact(partner, event, identity, subject, time, time, data, topic)


def type_of(event: str) -> str:
    """`footing.referral-made.v1` of `referral-made`."""
    return f"footing.{event}.v1"


def attributes(of: Fact) -> dict[str, str]:
    """The CloudEvents attributes of a fact."""
    return {
        "specversion": "1.0",
        "id": of.id,
        "source": f"urn:footing:partner:{of.partner}:simulator",
        "type": type_of(of.event),
        "subject": of.subject,
        "time": of.time.isoformat(timespec="milliseconds"),
        "partitionkey": of.subject,
        "recordedtime": of.said.astimezone(UTC).isoformat(timespec="milliseconds"),
    }


def payload(of: Fact) -> bytes:
    """The payload as JSON."""
    return json.dumps(of.data, separators=(",", ":")).encode()


def write(of: Fact) -> Said:
    """The record of a fact, in the mode that it is said in."""
    given = attributes(of)
    key = of.subject.encode()
    if of.structured:
        value = structured(given, payload(of))
        headers: tuple[tuple[str, bytes], ...] = (("content-type", STRUCTURED.encode()),)
        return Said(of.said, of.partner, of.topic, key, value, headers, of.fate)
    return Said(of.said, of.partner, of.topic, key, payload(of), binary(given), of.fate)


def binary(given: Mapping[str, str]) -> tuple[tuple[str, bytes], ...]:
    """Headers of binary mode."""
    return (*((f"ce_{name}", value.encode()) for name, value in given.items()), ("content-type", b"application/json"))


def structured(given: Mapping[str, str], data: bytes) -> bytes:
    """The one JSON object of structured mode around a payload."""
    return json.dumps({**given, "datacontenttype": "application/json"}).encode()[:-1] + b',"data":' + data + b"}"
