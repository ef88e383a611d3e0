"""What every stored document has in common: identity, version, and the records that wait in it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar, Final, TypeVar

import msgspec

from contracts.envelope import Record
from servicekit.unfit import Unfit

VERSION_FIELD: Final = "v"  # of a stored document; one without it is of the first version
FIRST_VERSION: Final = 1
Stored = dict[str, Any]


class NewerData(Unfit):
    """Stored by newer code: this one would misread it."""

    def __init__(self, where: str, stored: int, known: int) -> None:
        super().__init__(
            f"{where} holds documents of version {stored} and this code knows versions up to {known}: "
            "start the newer release again, or restore a backup from before it"
        )


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

    `schema` is the version of its shape, raised with every change that older code would misread or that leaves stored
    documents unreadable; `migrations` has for each earlier version the pure function to the next one.
    """

    schema: ClassVar[int] = FIRST_VERSION
    migrations: ClassVar[Mapping[int, Callable[[Stored], Stored]]] = {}

    id: str = msgspec.field(name="_id")
    version: int = 0
    waiting: tuple[Waiting, ...] = ()
    parked: int = 0
    last_parked: int = 0


D = TypeVar("D", bound=Document)


def succeeding(before: D, after: D) -> D:
    """What a handler made of a document: one version on, and what belongs to the loop as it was."""
    return msgspec.structs.replace(
        after, version=before.version + 1, waiting=before.waiting, parked=before.parked, last_parked=before.last_parked
    )


def from_stored(kind: type[D], stored: Stored) -> D:
    """The document as MongoDB gives it (datetimes aware) made into its type. Raises `NewerData`."""
    if stored.get(VERSION_FIELD, FIRST_VERSION) != kind.schema:
        stored = migrated(kind, stored)  # an older worker may still write while a newer one has migrated
    return msgspec.convert(stored, kind, strict=False)


def to_stored(document: Document) -> Stored:
    """The document as MongoDB takes it."""
    stored: Stored = msgspec.to_builtins(document, builtin_types=(datetime, bytes))
    if document.schema != FIRST_VERSION:
        stored[VERSION_FIELD] = document.schema
    return stored


def migrated(kind: type[Document], stored: Stored) -> Stored:
    """A stored document in the shape of this code's version. Raises `NewerData`."""
    version = stored.get(VERSION_FIELD, FIRST_VERSION)
    if version > kind.schema:
        raise NewerData(f"The collection of {kind.__name__}", version, kind.schema)
    for older in range(version, kind.schema):
        stored = kind.migrations[older](stored)
    return {**stored, VERSION_FIELD: kind.schema}
