"""Time passes without events: documents whose day has come are folded, and what follows is announced."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from servicekit.documents import Document
from servicekit.endings import Accept, Ignore
from servicekit.hears import Moment

D = TypeVar("D", bound=Document)
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Tick(Generic[D, K]):
    """Which documents of a loop are due (`field` holds an ISO day, indexed) and the pure fold that answers.

    `due(document, today, moment)` must move the field past `today`, or the document is found again and again.
    """

    loop: str
    field: str
    due: Callable[[D, date, Moment[K]], Accept[D] | Ignore]
    every_seconds: float = 5.0
