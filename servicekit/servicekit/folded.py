"""What goes into the folding of a batch and what comes out: all that is written of it."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from contracts.envelope import Record
from servicekit.companion import Change
from servicekit.documents import Document
from servicekit.endings import Row
from servicekit.hears import Hears
from servicekit.outgoing import Outgoing
from servicekit.partners import Partners
from servicekit.reading import Item

D = TypeVar("D", bound=Document)
K = TypeVar("K")

BEHIND: Final = "behind"  # the cause of a record that was not tried: one before it of its key is parked


@dataclass(frozen=True, slots=True)
class Parked:
    """A record that cannot be handled now: our fault (a fold that raised), unreadable, or behind one that is.

    `n` is its place among the parked records of its key, in the order of parking; 0 where no key is known. One that
    `waited` before has its identity taken already, by itself. `where`: file and line at which a handler raised.
    """

    record: Record
    key: str | None
    cause: str
    n: int = 0
    waited: bool = False
    where: str = ""


@dataclass(slots=True)
class Folded(Generic[D]):
    """What one batch changes. `changes` by key, `endings` by (topic, partition), `waiting` as `named`.

    `about`: what the log says of each record that was refused or parked, by its place. `each`: the ending of each
    record, in order, where the batch is traced.
    """

    changes: dict[str, Change[D]] = field(default_factory=dict)
    identities: dict[bytes, bytes] = field(default_factory=dict)
    out: list[Outgoing] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    parked: list[Parked] = field(default_factory=list)
    unparked: list[str] = field(default_factory=list)  # keys whose parked records go: their referral was erased
    endings: defaultdict[tuple[str, int], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    waiting: defaultdict[tuple[str, int], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    refused: Counter[str] = field(default_factory=Counter)
    about: dict[str, dict[str, str]] = field(default_factory=dict)
    each: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Surroundings(Generic[D, K]):
    """What a fold may look at: who speaks, reference data, what the companion loaded, what was seen before.

    `trace` gives the `traceparent` of a record's handling, which what follows from the record carries on; None: off.
    """

    hears: Hears[D, K]
    document: type[D]
    partners: Partners
    known: K
    now: datetime
    beside: Any
    seen: Mapping[bytes, bytes]
    waiting_by_partner: Mapping[str, int]
    trace: Callable[[Item], bytes] | None = None
