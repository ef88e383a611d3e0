"""A loop: what it is made of. `runner` listens for it, `batch` writes for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from contracts.envelope import Record
from contracts.topics import EVENT_TYPES, PARTNER_PATTERN
from servicekit.companion import Companion
from servicekit.documents import Document
from servicekit.hears import Hears
from servicekit.partners import Partners
from servicekit.reading import Item

D = TypeVar("D", bound=Document)
K = TypeVar("K")
Reader = Callable[[Record, Partners], Item]


@dataclass(frozen=True, slots=True)
class Loop(Generic[D, K]):
    """One subscriber, one group, one collection of documents, one position a partition.

    Its topics follow from what it hears, unless `pattern` names others. `remembers` False: the documents themselves
    know which events they applied, and no identities are kept. `reader` reads records that are no events of the
    contract (receipts). `gathers_ms`: how long Kafka may wait for more, where few large batches are worth more than
    that it is soon. `collection` is a function where it can become another while the loop runs.
    """

    name: str
    hears: Hears[D, K]
    document: type[D]
    collection: str | Callable[[], str]
    known: K
    companion: Companion[D] | None = None
    remembers: bool = True
    pattern: str | None = None
    gathers_ms: int = 0
    reader: Reader | None = None

    @property
    def topics(self) -> str:
        """The one regular expression of its topics."""
        if self.pattern is not None:
            return self.pattern
        inboxes = sorted(set(self.announces))
        canonical = sorted({k.topic for k in EVENT_TYPES.values() if k.topic and k.canonical in self.hears.follow})
        parts = [rf"inbox\.{PARTNER_PATTERN}\.({'|'.join(inboxes)})"] if inboxes else []
        return "^(" + "|".join([*parts, *canonical]) + ")$"

    @property
    def announces(self) -> tuple[str, ...]:
        """The canonical topics whose gate it keeps."""
        return tuple(k.topic for k in EVENT_TYPES.values() if k.topic and k.payload in self.hears.gate)

    def group(self, service: str) -> str:
        """The consumer group of the loop in a service of this name."""
        return f"footing-{service}-{self.name}"
