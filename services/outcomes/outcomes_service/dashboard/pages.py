"""One page a scheme with its table, and the list of schemes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final

from fastapi import Response

from outcomes_service.dashboard.layout import TEMPLATES, page
from outcomes_service.indicators.measure import Measure
from outcomes_service.store import Figure
from schemes.model import Scheme

_COUNTED: Final = ("person", "practice", "host")  # how many says more than what share
_NONE: Final = "\N{EN DASH}"


def scheme(scheme: Scheme, figures: Sequence[Figure], measures: Mapping[str, Measure], as_of: date) -> Response:
    """The scheme's figures, real and synthetic apart, as a whole and by area."""
    kinds = sorted({figure.synthetic for figure in figures})
    tables = [(kind, _rows(figures, kind, whole=True), _rows(figures, kind, whole=False)) for kind in kinds]
    shown = [measures[name] for name in dict.fromkeys(figure.measure for figure in figures)]
    titles = {area.id: area.title for area in scheme.areas}
    several = len(scheme.areas) > 1
    return page(
        "scheme.html",
        staff=True,
        scheme=scheme,
        tables=tables,
        measures=shown,
        areas=titles,
        by_area=several,
        as_of=as_of,
    )


def _rows(figures: Iterable[Figure], synthetic: bool, *, whole: bool) -> list[Figure]:
    return [figure for figure in figures if figure.synthetic is synthetic and (figure.area is None) is whole]


def figure_of(figure: Figure) -> str:
    """The figure as it is said: a share, days, pounds, or a plain count."""
    if figure.unit == "pound":
        return "none yet" if figure.value is None else f"£{figure.value:,.0f}"
    if figure.unit == "day":
        return "none yet" if figure.value is None else f"{figure.value:g} days; 9 of 10 within {figure.p90:g}"
    if figure.rate is not None and figure.unit not in _COUNTED:
        return f"{figure.rate * 100:.1f} %"
    return "none yet" if not figure.k else f"{figure.k:,}"


def interval_of(figure: Figure) -> str:
    """The 95 % interval, where there is one."""
    if figure.low is None or figure.high is None:
        return _NONE
    return f"{figure.low * 100:.1f} to {figure.high * 100:.1f} %"


def count_of(count: int | None) -> str:
    """A count, or a dash where the measure has none."""
    return _NONE if count is None else f"{count:,}"


TEMPLATES.globals |= {"figure_of": figure_of, "interval_of": interval_of, "count_of": count_of}
