"""The figures of a scheme as a page shows them, cell by cell: the same texts for the page and for what updates it."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
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
    ("open", "Still open"),
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
    """The figures of one kind of events, in tables: (caption, whether by area, lines); and what could change them."""

    synthetic: bool
    tables: Sequence[tuple[str, bool, Sequence[Line]]]
    standing: Sequence[tuple[str, str]]  # where each text stands, and the text


def groups(figures: Sequence[Figure], scheme: Scheme, quality: Collection[str]) -> list[Group]:
    """Real and synthetic figures apart. `quality` names the measures that are about the data, not the service."""
    kinds = sorted({figure.synthetic for figure in figures})
    return [_group([figure for figure in figures if figure.synthetic is kind], scheme, quality) for kind in kinds]


def _group(figures: Sequence[Figure], scheme: Scheme, quality: Collection[str]) -> Group:
    kind, several = _kind(figures[0]), len(scheme.areas) > 1
    tables = []
    for what, of_data in (("figures", False), ("how good the data are", True)):
        for by_area in (False, True) if several else (False,):
            found = [f for f in figures if (f.measure in quality) is of_data and (f.area is not None) is by_area]
            caption = f"{scheme.title}: {what}{', by area' if by_area else ''}, {kind} events"
            tables.append((caption, by_area, [_line(figure, scheme) for figure in found]))
    return Group(figures[0].synthetic, [table for table in tables if table[2]], list(_standing(figures).items()))


def _standing(figures: Iterable[Figure]) -> dict[str, str]:
    """What could still change the figures of whole schemes, in sentences, by where they stand."""
    said: dict[str, str] = {}
    for figure in figures:
        if figure.area is None:
            of = f"standing/{_kind(figure)}"
            if figure.expected is not None and figure.absent is not None:
                said[f"{of}/follow-ups"] = (
                    f"Of {figure.expected:,} follow-ups whose window has closed, nothing was recorded of "
                    f"{figure.absent:,}."
                )
            if figure.late_days is not None:
                said[f"{of}/lateness"] = f"Nine of ten events came within {figure.late_days:g} days."
            if figure.waiting is not None and figure.parked is not None:
                said[f"{of}/in-hand"] = f"{figure.waiting:,} events wait at a gate, {figure.parked:,} are parked."
            if figure.freshness_seconds is not None:
                said[f"{of}/freshness"] = _freshness(figure.freshness_seconds)
    return said


def _freshness(seconds: float) -> str:
    if not seconds:
        return "Everything that was accepted is counted."
    return f"The oldest accepted event that is not counted yet is {seconds:,.0f} seconds old."


def qualities(
    figures: Sequence[Figure], schemes: Mapping[str, Scheme]
) -> list[tuple[bool, list[tuple[Scheme, str, Mapping[str, str]]]]]:
    """For real and synthetic events apart: each scheme and definition with what is said by each measure."""
    kinds: dict[bool, dict[tuple[str, str], dict[str, str]]] = {}
    for figure in figures:
        row = kinds.setdefault(figure.synthetic, {}).setdefault((figure.scheme_id, figure.definition), {})
        row[figure.measure] = _in_one(figure)
    return [
        (kind, [(schemes[scheme], definition, said) for (scheme, definition), said in rows.items()])
        for kind, rows in sorted(kinds.items())
    ]


def _in_one(figure: Figure) -> str:
    """A figure with what it is made of, in one cell."""
    said = texts_of(figure)
    if figure.rate is None:
        return said["figure"]
    unknown = f", {said['u']} unknown" if figure.u else ""
    return f"{said['figure']} ({said['k']} of {said['n']}{unknown})"


def texts(figures: Sequence[Figure]) -> dict[str, str]:
    """Every text of the figures by where it stands."""
    cells = {f"{key_of(figure)}/{name}": text for figure in figures for name, text in texts_of(figure).items()}
    return cells | _standing(figures)


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
        "open": wording.count(figure.open),
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
