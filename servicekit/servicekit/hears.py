"""What a loop listens to, and which pure function answers each event."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from servicekit.documents import Document
from servicekit.endings import Ending
from servicekit.partners import Partner

D = TypeVar("D", bound=Document)
K = TypeVar("K")


class Moment(msgspec.Struct, Generic[K], frozen=True):
    """What a fold may know beside document and event. It has no clock: `at` is when the record was accepted.

    `partner` is the registry's entry of who said it (None on canonical topics); `known` is the service's reference
    data (schemes, register); `beside` is what the loop's companion loaded for this batch.
    """

    at: datetime
    partner: Partner | None
    known: K
    beside: Any = None

    @property
    def speaker(self) -> Partner:
        """The partner, at a gate: there the loop calls no handler for an event of nobody registered."""
        if self.partner is None:
            raise LookupError("only what comes through a gate has a partner of the registry")
        return self.partner


# (document, event, moment) -> ending; the event is an Event of the payload type under which it is registered
Handler = Callable[[D, Any, Moment[K]], Ending[D]]


@dataclass(frozen=True, slots=True)
class Hears(Generic[D, K]):
    """A loop's table of handlers: `gate` decides on what partners publish, `follow` takes what was accepted.

    Their keys are types of payloads, of the contract or as the loop's own reader makes them.
    An event of `erases` is handled even where its key is parked, and takes with it what is parked of the key.
    `completes` works out what follows from a document as a whole, once a batch for each that events changed; it may
    be asked again of what it made.
    """

    gate: Mapping[type, Handler[D, K]] = field(default_factory=dict)
    follow: Mapping[type, Handler[D, K]] = field(default_factory=dict)
    erases: frozenset[type] = frozenset()
    completes: Callable[[D, K], D] | None = None
