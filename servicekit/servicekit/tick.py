"""Time passes without events: documents whose day has come are folded, and what follows is announced."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from servicekit.companion import Change
from servicekit.documents import Document, succeeding
from servicekit.endings import Accept, Ignore
from servicekit.folded import Folded
from servicekit.hears import Moment
from servicekit.outgoing import announcement

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


def fold_due(documents: Iterable[D], due: Callable[[D, Moment[K]], Accept[D] | Ignore], moment: Moment[K]) -> Folded[D]:
    """Fold documents for which only time has passed."""
    folded: Folded[D] = Folded()
    for document in documents:
        ending = due(document, moment)
        if isinstance(ending, Ignore):
            continue
        after = succeeding(document, ending.document)
        folded.changes[document.id] = Change(document, after)
        folded.out += [announcement(e, moment.at, after.version) for e in ending.announce]
        folded.rows += ending.rows
    return folded
