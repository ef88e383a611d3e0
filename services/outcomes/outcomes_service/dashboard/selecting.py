"""Which of a release's figures a page shows, and in which order. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from outcomes_service.dashboard.layout import NotHere
from outcomes_service.dashboard.lines import Line, wholes
from outcomes_service.indicators.catalogue import Known
from outcomes_service.indicators.measure import DATA_QUALITY

MOST: Final = 60  # figures about parts of schemes on a page: more are read by nobody, and weigh too much
MOST_SAID: Final = 8  # figures in words before the table that has them all


@dataclass(frozen=True)
class Parts:
    """Figures about parts of schemes: of one kind if they are too many for a page, and the kinds there are."""

    lines: tuple[Line, ...]
    kinds: tuple[str, ...] = ()
    chosen: str | None = None


def narrowed(found: Iterable[Line], by: Callable[[Line], str], wanted: str | None) -> Parts:
    """The figures about parts of schemes, of the kind that is wanted. Raises `NotHere`."""
    parts = tuple(line for line in found if not line.is_whole)
    kinds = tuple(dict.fromkeys(map(by, parts)))
    if wanted is None and (len(parts) <= MOST or len(kinds) == 1):
        return Parts(parts)
    if wanted is not None and wanted not in kinds:
        raise NotHere("There are no such figures", f"The release has none here of {wanted}.", [("?", "What there is")])
    chosen = wanted or kinds[0]
    return Parts(tuple(line for line in parts if by(line) == chosen), kinds, chosen)


def quality(found: Iterable[Line], known: Known) -> tuple[list[Line], list[Line]]:
    """The figures about services, and those about how good their data are."""
    of_data = {measure.id for measure in known.measures.values() if measure.family == DATA_QUALITY}
    about: list[Line] = []
    data: list[Line] = []
    for line in found:
        (data if line.definition.measure in of_data else about).append(line)
    return about, data


def headlines(found: Iterable[Line], known: Known) -> list[Line]:
    """One share of each scheme, in the order of their names: of an outcome in work if there is one."""
    about, _ = quality(wholes(found), known)
    first: dict[str, Line] = {}
    for line in sorted((line for line in about if line.is_share), key=lambda line: _weight(line, known)):
        first.setdefault(line.at["scheme"] or "", line)
    return sorted(first.values(), key=lambda line: line.place["scheme"])


def said(whole: Sequence[Line]) -> list[Line]:
    """The figures of a scheme that are put into words: those that are shown, the first of them."""
    return [line for line in whole if line.is_told][:MOST_SAID]


def _weight(line: Line, known: Known) -> tuple[bool, bool]:
    """What comes first: an outcome in work at the end, then whatever has a better and a worse."""
    measure = known.measures.get(line.definition.measure)
    is_outcome = measure is not None and len(measure.definitions) > 1 and measure.checkpoint is None
    return not is_outcome, line.definition.polarity is None
