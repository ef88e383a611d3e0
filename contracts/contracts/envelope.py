"""The envelope of every event: CloudEvents 1.0 attributes, and the types that payloads are made of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict

from contracts.texts import UUID_PATTERN, Day, Instant, OrganisationCode, PracticeCode, SchemeId, Token, Uuid

__all__ = [
    "UUID_PATTERN", "AboutReferral", "Correctable", "Day", "Event", "Instant", "OrganisationCode", "Payload",
    "PracticeCode", "Problem", "Record", "Refusal", "SchemeId", "Token", "Uuid",
]  # fmt: skip


class Payload(BaseModel):
    """What every payload and part of one obeys: no unknown field, no lax conversion, immutable.

    The text under each field is its meaning in schemas and pages.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True)

    def subject(self) -> str | None:
        """What the envelope's `subject` must be; None if the payload does not say."""
        return None

    def happened_at(self) -> datetime | None:
        """What the envelope's `time` must be; None if the payload does not say."""
        return None

    def target(self) -> str | None:
        """The id of the earlier event that this one corrects or voids."""
        return None


class AboutReferral(Payload):
    """A payload about one referral."""

    referral_id: Uuid
    """The referral: a UUID that its publisher made. Equals `subject` and the key."""
    synthetic: bool = False
    """Whether it is made up. Made-up events are counted apart from real ones, always."""

    def subject(self) -> str | None:
        """The referral."""
        return self.referral_id


class Correctable(AboutReferral):
    """A payload that may correct an earlier event of the same partner and referral."""

    supersedes: Uuid | None = None
    """The id of an earlier event of yours about the same referral, which this one corrects."""

    def target(self) -> str | None:
        """The event that this one corrects."""
        return self.supersedes


D = TypeVar("D", bound=Payload, covariant=True)  # noqa: PLC0105  short, as it is everywhere


@dataclass(frozen=True, slots=True)
class Event(Generic[D]):
    """One event as read from the wire: attributes of the envelope and its payload.

    `partner` is the publishing system named by `source`. `accepted_at` and `sequence` stand only on canonical
    records: when the gate accepted it, and the version of the referral's document that it made.
    """

    id: str
    type: str
    source: str
    partner: str
    subject: str
    time: datetime
    data: D
    recorded_at: datetime | None = None
    accepted_at: datetime | None = None
    sequence: int | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    traceparent: str | None = None
    dataschema: str | None = None


class Record(NamedTuple):
    """One record of a topic, as any Kafka client gives it: raw bytes, nothing interpreted."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]

    @property
    def place(self) -> str:
        """`<topic>/<partition>/<offset>`, which names the record for ever."""
        return f"{self.topic}/{self.partition}/{self.offset}"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an event is refused: a reason code of the contract, the field, what was expected; never the value."""

    code: str
    field: str
    expected: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that is no event we can take, with what could be read of its identity."""

    problem: Problem
    event_id: str | None = None
    type: str | None = None
    referral_id: str | None = None
