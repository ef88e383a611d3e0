"""How the handling of one event can end. "Duplicate" and "parked" are not a handler's to say: the loop knows them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from contracts.envelope import Event, Payload, Problem
from servicekit.documents import Document

D = TypeVar("D", bound=Document)


@dataclass(frozen=True, slots=True)
class Row:
    """One document to be added to another collection in the same transaction; the same `_id` is added only once."""

    collection: str
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Accept(Generic[D]):
    """The event holds: the document that it makes, the events to announce, the rows to add beside."""

    document: D
    announce: tuple[Event[Payload], ...] = ()
    rows: tuple[Row, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Ignore:
    """The event is no concern of this service; nothing changes."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Something must come first (its referral, or the event that it corrects): keep it in the document."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """The event is not taken, and why."""

    problem: Problem


Ending = Accept[D] | Ignore | Wait | Refuse
