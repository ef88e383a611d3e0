"""What a loop reads and writes beside its documents, in the same transaction: a map, roll-ups."""

from collections.abc import Sequence
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

import msgspec

from contracts.envelope import Event, Payload
from servicekit.documents import Document

D = TypeVar("D", bound=Document)


class Change(msgspec.Struct, Generic[D], frozen=True):
    """One document before and after a batch; before it was stored it is the empty one."""

    before: D
    after: D


class Companion(Protocol[D]):
    """Both calls run inside the batch's transaction and may run again: no other side effect."""

    async def load(self, database: Any, session: Any, events: Sequence[Event[Payload]]) -> Any:
        """Read what the folds of these events need; they find it as `Moment.beside`."""
        ...

    async def write(self, database: Any, session: Any, changes: Sequence[Change[D]], beside: Any) -> None:
        """Write what follows from the changed documents."""
        ...


@runtime_checkable
class Foretells(Protocol):
    """A companion that can say what it would write."""

    async def would(self, database: Any, session: Any, changes: Sequence[Change[Any]], beside: Any) -> Sequence[Any]:
        """What would follow from the changed documents, as plain values; nothing is written."""
        ...
