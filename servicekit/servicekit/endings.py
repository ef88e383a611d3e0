"""How the handling of one event can end. "Duplicate" and "parked" are not a handler's to say: the loop knows them."""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import msgspec

from contracts.envelope import Event, Payload, Problem
from servicekit.documents import Document

D = TypeVar("D", bound=Document)


class Row(msgspec.Struct, frozen=True):
    """One document to be added to another collection in the same transaction; the same `_id` is added only once.

    `continues`: what is done with it later belongs to the trace of the event that it came of, where that is traced.
    """

    collection: str
    document: Mapping[str, Any]
    continues: bool = False


class Accept(msgspec.Struct, Generic[D], frozen=True):
    """The event holds: the document that it makes, the events to announce, the rows to add beside."""

    document: D
    announce: tuple[Event[Payload], ...] = ()
    rows: tuple[Row, ...] = ()


class Ignore(msgspec.Struct, frozen=True):
    """The event is no concern of this service; nothing changes."""


class Wait(msgspec.Struct, frozen=True):
    """Something must come first (its referral, or the event that it corrects): keep it in the document."""


class Refuse(msgspec.Struct, frozen=True):
    """The event is not taken, and why."""

    problem: Problem


Ending = Accept[D] | Ignore | Wait | Refuse
