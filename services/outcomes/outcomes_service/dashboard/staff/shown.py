"""The figures of a scheme as a page shows them, cell by cell: the same texts for the page and for what updates it."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple
from urllib.parse import urlencode

from outcomes_service.dashboard import wording
from outcomes_service.releases.model import Row
from outcomes_service.store import Figure
from schemes.model import Scheme

COLUMNS: Final = (
    ("figure", "Figure"),
    ("k", "Count"),
    ("n", "Out of"),
    ("u", "Unknown"),
    ("interval", "95 % interval"),
    ("bounds", "Unknown as no, as yes"),
)


class Line(NamedTuple):
    """One figure: a row of a table. `key` names it among all of the page; `behind` leads to what it is made of."""

    key: str
    title: str
    definition: str
    area: str | None
    texts: Mapping[str, str]
    behind: str | None


class Group(NamedTuple):
    """The figures of one kind of events: of the scheme as a whole, and by area."""

    synthetic: bool
    whole: Sequence[Line]
    by_area: Sequence[Line]


def groups(figures: Sequence[Figure], scheme: Scheme) -> list[Group]:
    """Real and synthetic figures apart, each line with its texts."""
    kinds = sorted({figure.synthetic for figure in figures})
    several = len(scheme.areas) > 1
    return [
        Group(
            kind,
            [_line(f, scheme) for f in figures if f.synthetic is kind and f.area is None],
            [_line(f, scheme) for f in figures if f.synthetic is kind and f.area is not None] if several else (),
        )
        for kind in kinds
    ]


def texts(figures: Iterable[Figure]) -> dict[str, str]:
    """Every text of the figures by where it stands."""
    return {f"{key_of(figure)}/{name}": text for figure in figures for name, text in texts_of(figure).items()}


def state(said: Mapping[str, str]) -> str:
    """A short name for exactly these texts: who has it needs nothing sent."""
    content = "\n".join(f"{name}={text}" for name, text in sorted(said.items()))
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def key_of(figure: Figure) -> str:
    """The name of a figure within its scheme."""
    return "/".join((_kind(figure), figure.area or "", figure.measure, figure.definition))


def texts_of(figure: Figure) -> dict[str, str]:
    """A figure in words, by column."""
    row = Row(at={}, **{name: getattr(figure, name) for name in ("k", "n", "u", "rate", "low", "high", "value", "p90")})
    return {
        "figure": wording.figure(row, figure.unit),
        "k": wording.count(figure.k),
        "n": wording.count(figure.n),
        "u": wording.count(figure.u),
        "interval": wording.interval(row),
        "bounds": _bounds(figure),
    }


def _bounds(figure: Figure) -> str:
    if not figure.u or figure.lowest is None or figure.highest is None:
        return wording.NONE
    return f"{figure.lowest * 100:.1f} to {figure.highest * 100:.1f} %"


def _line(figure: Figure, scheme: Scheme) -> Line:
    area = scheme.area(figure.area) if figure.area is not None else None
    return Line(
        key_of(figure),
        figure.title,
        figure.definition,
        area.title if area else figure.area,
        texts_of(figure),
        _behind(figure) if figure.k or figure.n else None,
    )


def _behind(figure: Figure) -> str:
    """The page of what stands behind the figure."""
    asked = {"measure": figure.measure, "definition": figure.definition, "synthetic": str(figure.synthetic).lower()}
    if figure.area is not None:
        asked["area"] = figure.area
    return f"/staff/schemes/{figure.scheme_id}/behind?{urlencode(asked)}"


def _kind(figure: Figure) -> str:
    return "synthetic" if figure.synthetic else "real"
