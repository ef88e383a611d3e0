"""What every stored document has in common: identity, version, and the records that wait in it."""

from datetime import datetime
from typing import Any, TypeVar

import msgspec

from contracts.envelope import Record


class Waiting(msgspec.Struct, frozen=True):
    """A record that waits in the document it is about, with all that its later receipt and retry need."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    event_id: str
    type: str
    partner: str
    since: datetime

    def record(self) -> Record:
        """The record as it was read."""
        return Record(self.topic, self.partition, self.offset, self.key, self.value, self.headers)


class Document(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One referral (or practice) as a service knows it. Handlers never change one in place: they make the next.

    `version` counts accepted changes and becomes the `sequence` of what is announced. `waiting` and `parked`
    belong to the loop: records that wait for something, and how many of this key are parked; `last_parked` is the
    number of the last record of this key that was ever parked, which gives them their order.
    A document that nobody has stored yet is the empty one of its key, never None.
    """

    id: str = msgspec.field(name="_id")
    version: int = 0
    waiting: tuple[Waiting, ...] = ()
    parked: int = 0
    last_parked: int = 0


D = TypeVar("D", bound=Document)


def from_stored(kind: type[D], stored: dict[str, Any]) -> D:
    """The document as MongoDB gives it (datetimes aware) made into its type."""
    return msgspec.convert(stored, kind, strict=False)


def to_stored(document: Document) -> dict[str, Any]:
    """The document as MongoDB takes it."""
    stored: dict[str, Any] = msgspec.to_builtins(document, builtin_types=(datetime, bytes))
    return stored
