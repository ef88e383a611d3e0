"""Pure: what a difference of sums is in figures, for whoever is to decide whether it shall come about."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any, Final, NamedTuple

from outcomes_service.indicators.catalogue import Known
from outcomes_service.indicators.measure import DATA_QUALITY
from outcomes_service.projections.cells import Counts

_PARTS: Final = ("k", "n", "u")
_VALUES: Final = "values"  # parts that are named after days, practices or minutes: how many, not which


class _Figure(NamedTuple):
    scheme_id: str
    measure: str
    definition: str
    synthetic: bool


def by_figure(counts: Iterable[Counts], known: Known, today: date) -> list[dict[str, Any]]:
    """Each figure of a scheme as a whole that differs: `parts` today, `later` in what counts from a later day on.

    What measures say of the data, every event changes by being there: those are left out.
    """
    now: defaultdict[_Figure, Counter[str]] = defaultdict(Counter)
    later: defaultdict[_Figure, Counter[str]] = defaultdict(Counter)
    for each in counts:
        for (cell, part, day), count in each.items():
            if known.measures[cell.measure].family != DATA_QUALITY:
                figure = _Figure(cell.scheme_id, cell.measure, cell.definition, cell.synthetic)
                (later if day > today else now)[figure][part if part in _PARTS else _VALUES] += count
    rank = {measure: number for number, measure in enumerate(known.measures)}
    figures = sorted(now.keys() | later.keys(), key=lambda figure: (figure.scheme_id, rank[figure.measure], figure))
    told = [_told(figure, now[figure], later[figure], known) for figure in figures]
    return [figure for figure in told if figure["parts"] or figure["later"]]


def _told(figure: _Figure, now: Counter[str], later: Counter[str], known: Known) -> dict[str, Any]:
    said = {**figure._asdict(), "title": known.measures[figure.measure].title}
    return said | {"parts": _not_zero(now), "later": _not_zero(later)}


def _not_zero(parts: Counter[str]) -> dict[str, int]:
    return {part: count for part, count in sorted(parts.items()) if count}
