"""The figures of a scheme as a page shows them, cell by cell: the same texts for the page and for what updates it."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple
from urllib.parse import urlencode

from outcomes_service.dashboard import wording
from outcomes_service.indicators.counting import Values
from outcomes_service.indicators.measure import DATA_QUALITY, Measure
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

OF_NO_REFERRAL: Final = ("fund", "service")
"""What is counted of these is counted in no journey."""

Measures = Mapping[str, Measure]
_SAID: Final = ("k", "n", "u", "rate", "low", "high", "value", "p90")


class Line(NamedTuple):
    """One figure: a row of a table. `key` names it among all of the scheme; `behind` leads to what it is made of."""

    key: str
    title: str
    definition: str
    texts: Mapping[str, str]
    behind: str | None


class Group(NamedTuple):
    """The figures of one kind of events in tables, (caption, lines) each; and what could still change them."""

    synthetic: bool
    tables: Sequence[tuple[str, Sequence[Line]]]
    standing: Sequence[tuple[str, str]]  # where each text stands, and the text


def groups(figures: Sequence[Figure], title: str, measures: Measures) -> list[Group]:
    """Real and synthetic figures apart, all of one area or of the whole, whose title this is."""
    kinds = sorted({figure.synthetic for figure in figures})
    return [_group([figure for figure in figures if figure.synthetic is kind], title, measures) for kind in kinds]


def _group(figures: Sequence[Figure], title: str, measures: Measures) -> Group:
    kind = _kind(figures[0].synthetic)
    tables = []
    for what, of_data in (("figures", False), ("how good the data are", True)):
        of_this = [figure for figure in figures if (measures[figure.measure].family == DATA_QUALITY) is of_data]
        found = [_line(figure, measures[figure.measure]) for figure in of_this]
        if found:
            tables.append((f"{title}: {what}, {kind} events", found))
    return Group(figures[0].synthetic, tables, list(_standing(figures).items()))


def _standing(figures: Iterable[Figure]) -> dict[str, str]:
    """What could still change figures, in sentences, by where they stand."""
    said: dict[str, str] = {}
    for figure in figures:
        of = f"{_of(figure)}/standing"
        if figure.expected is not None and figure.absent is not None:
            said[f"{of}/follow-ups"] = (
                f"Of {figure.expected:,} follow-ups whose window has closed, nothing was recorded of {figure.absent:,}."
            )
        if figure.late_days is not None:
            said[f"{of}/lateness"] = f"Nine of ten events came within {figure.late_days:,g} days."
        said[f"{of}/in-hand"] = in_hand(figure.waiting, figure.parked, of_whole=figure.area is not None)
        said[f"{of}/freshness"] = freshness(figure.freshness_seconds)
    return said


def in_hand(waiting: int | None, parked: int | None, *, of_whole: bool = False) -> str:
    """How many events wait, and how many are parked; without a number, that it is not known.

    `of_whole`: it is said of an area, and of which area an event is that waits nobody knows.
    """
    if waiting is None or parked is None:
        return "How many events wait or are parked is not known: not every gate has answered yet."
    return f"{'In the whole scheme ' * of_whole}{waiting:,} events wait at a gate, {parked:,} are parked."


def freshness(seconds: float | None) -> str:
    """How old the oldest event is that is not counted yet, to the minute: it is read, not measured with."""
    if seconds is None:
        return "How old the oldest event is that is not counted yet is not known at the moment."
    if not seconds:
        return "Everything that was accepted is counted."
    age = f"{seconds / 60:,.0f} minutes" if seconds >= 90 else "less than two minutes"
    return f"The oldest accepted event that is not counted yet is {age} old."


def qualities(
    figures: Sequence[Figure], schemes: Mapping[str, Scheme]
) -> list[tuple[bool, list[tuple[Scheme, str, Mapping[str, str]]]]]:
    """For real and synthetic events apart: each scheme and definition with what is said by each measure."""
    kinds: dict[bool, dict[tuple[str, str], dict[str, str]]] = {}
    for figure in figures:
        row = kinds.setdefault(figure.synthetic, {}).setdefault((figure.scheme_id, figure.definition), {})
        row[figure.measure] = in_one(figure, figure.unit)
    return [
        (kind, [(schemes[scheme], definition, said) for (scheme, definition), said in rows.items()])
        for kind, rows in sorted(kinds.items())
    ]


def in_one(said: Figure | Values, unit: str) -> str:
    """A figure with what it is made of, in one cell."""
    row = _row(said)
    if said.rate is None:
        return wording.figure(row, unit)
    unknown = f", {wording.count(said.u)} unknown" if said.u else ""
    return f"{wording.figure(row, unit)} ({wording.count(said.k)} of {wording.count(said.n)}{unknown})"


def texts(figures: Sequence[Figure]) -> dict[str, str]:
    """Every text of the figures by where it stands."""
    cells = {f"{key_of(figure)}/{name}": text for figure in figures for name, text in texts_of(figure).items()}
    return cells | _standing(figures)


def state(said: Mapping[str, str]) -> str:
    """A short name for exactly these texts: who has it needs nothing sent."""
    content = "\n".join(f"{name}={text}" for name, text in sorted(said.items()))
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def of_area(said: Mapping[str, str], area: str | None) -> dict[str, str]:
    """Those texts that are about an area, or about the whole."""
    return {name: text for name, text in said.items() if name.split("/")[1] == (area or "")}


def key_of(figure: Figure) -> str:
    """The name of a figure within its scheme."""
    return f"{_of(figure)}/{figure.measure}/{figure.definition}"


def texts_of(figure: Figure) -> dict[str, str]:
    """A figure in words, by column."""
    row = _row(figure)
    return {
        "figure": wording.figure(row, figure.unit),
        "k": wording.count(figure.k),
        "n": wording.count(figure.n),
        "u": wording.count(figure.u),
        "interval": wording.interval(row),
        "bounds": _bounds(figure),
        "open": wording.count(figure.open),
    }


def _row(said: Figure | Values) -> Row:
    """As releases have figures: there is one way to put them into words."""
    return Row(at={}, **{name: getattr(said, name) for name in _SAID})


def _bounds(figure: Figure) -> str:
    if not figure.u or figure.lowest is None or figure.highest is None:
        return wording.NONE
    return f"{figure.lowest * 100:.1f} to {figure.highest * 100:.1f} %"


def _line(figure: Figure, measure: Measure) -> Line:
    behind = _behind(figure) if (figure.k or figure.n) and measure.counting.of not in OF_NO_REFERRAL else None
    return Line(key_of(figure), figure.title, figure.definition, texts_of(figure), behind)


def _behind(figure: Figure) -> str:
    """The page of what stands behind the figure."""
    asked = {"measure": figure.measure, "definition": figure.definition, "synthetic": str(figure.synthetic).lower()}
    if figure.area is not None:
        asked["area"] = figure.area
    return f"/staff/schemes/{figure.scheme_id}/behind?{urlencode(asked)}"


def _of(figure: Figure) -> str:
    """Kind of events and area, which every key begins with."""
    return f"{_kind(figure.synthetic)}/{figure.area or ''}"


def _kind(synthetic: bool) -> str:
    return "synthetic" if synthetic else "real"
