"""Which charts a release has. Each is made of the release's figures alone, and its address says what it shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Protocol

from outcomes_service.dashboard.charts.canvas import Canvas
from outcomes_service.dashboard.charts.fit_notes import FitNotes
from outcomes_service.dashboard.charts.funnels import Funnel, Unit
from outcomes_service.dashboard.charts.reach import Reach, Reached
from outcomes_service.dashboard.charts.shares import Share, Shares
from outcomes_service.dashboard.charts.waits import Wait, Waits
from outcomes_service.dashboard.charts.words import lowered
from outcomes_service.dashboard.lines import FIXED, Line, lines, wholes
from outcomes_service.dashboard.naming import Names, day, dimension
from outcomes_service.indicators.funnel import placed, pooled
from outcomes_service.releases.model import Release
from outcomes_service.releases.profiles import DEFAULT, PROFILES

CHARTS: Final = "/charts"
FEWEST: Final = 3  # units that a funnel needs to say anything
NOT_SHARES: Final = ("person", "practice", "host", "pound", "day", "week", "minute")
COMPARED_AS_FUNNEL: Final = ("scheme", "area", "practice")
ROUNDED_BY: Final = DEFAULT.base // 2  # how far off a published count may be
FIT_NOTES: Final = "fit-note-share"


class Drawing(Protocol):
    """A chart: what it says, and how it is drawn."""

    @property
    def title(self) -> str:
        """The finding."""

    @property
    def alt(self) -> str:
        """What it shows, in words."""

    def draw(self, *, wide: bool) -> Canvas:
        """The picture."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart where a page places it. `path` begins with the id of its release."""

    path: str
    drawing: Drawing

    @property
    def address(self) -> str:
        """The wide picture."""
        return f"{CHARTS}/{self.path}.svg"

    @property
    def narrow(self) -> str:
        """The same for a width of 320 pixels."""
        return f"{CHARTS}/{self.path}-narrow.svg"

    @property
    def alt(self) -> str:
        """Title and content, for who does not see it."""
        return f"{self.drawing.title}. {self.drawing.alt}"


class Charts:
    """The charts of one release."""

    def __init__(self, release: Release, names: Names) -> None:
        self.release, self._names = release, names
        self._lines = list(lines(release, names))
        self._wholes = wholes(self._lines)
        self._shares = {line.definition.measure for line in self._lines if _is_share(line)}

    def find(self, path: str) -> Picture | None:
        """The chart of this address, without release and ending; None if there is no such chart."""
        match path.split("/"):
            case ["scheme", scheme, _]:
                found = self.of_scheme(scheme)
            case ["area", area, _]:
                found = self.of_area(area)
            case ["by", scheme, _, measure, _]:
                found = self.by_category(scheme, measure)
            case ["funnel", measure, *_]:
                found = [compared.picture for compared in self.comparisons(measure)]
            case _:
                found = []
        return next((picture for picture in found if picture.path == f"{self.release.id}/{path}"), None)

    def of_scheme(self, scheme: str) -> list[Picture]:
        """What a scheme's page shows: its shares, waits, reach and fit notes, each if the release has them."""
        of_it = [line for line in self._wholes if line.at.get("scheme") == scheme]
        title, place = self._names.scheme(scheme), f"scheme/{scheme}"
        drawings = (
            ("shares", self._share_chart(title, of_it, alike=False)),
            ("waits", self._waits(title, of_it)),
            ("reach", self._reach(title, of_it)),
            ("fit-notes", self._fit_notes(of_it)),
        )
        return [self._picture(f"{place}/{name}", drawing) for name, drawing in drawings if drawing is not None]

    def of_area(self, area: str) -> list[Picture]:
        """What an area's page shows: the shares of each scheme there."""
        there: dict[str, list[Line]] = {}
        for line in self._lines:
            if line.at.get("area") == area and _only(line, "area"):
                there.setdefault(line.at.get("scheme") or "", []).append(line)
        charts = {
            scheme: self._share_chart(f"{self._names.scheme(scheme)}, {self._names.area(area)}", of_it, alike=False)
            for scheme, of_it in there.items()
        }
        return [self._picture(f"area/{area}/{scheme}", chart) for scheme, chart in charts.items() if chart is not None]

    def by_category(self, scheme: str, measure: str) -> list[Picture]:
        """A share of one scheme by category of each dimension that the release has it by, but for places.

        Places are compared as a funnel plot only.
        """
        groups: dict[tuple[str, str], list[Line]] = {}
        for line in self._lines:
            by = [name for name, category in line.at.items() if category is not None and name not in FIXED]
            fits = line.at.get("scheme") == scheme and line.definition.measure == measure and len(by) == 1
            if fits and by[0] not in COMPARED_AS_FUNNEL:
                groups.setdefault((by[0], line.success), []).append(line)
        charts = {
            f"by/{scheme}/{by}/{measure}/{success}": self._by(scheme, by, group)
            for (by, success), group in groups.items()
        }
        return [self._picture(path, chart) for path, chart in charts.items() if chart is not None]

    def comparisons(self, measure: str) -> list["Compared"]:
        """Every comparison of a measure: schemes under one definition, and the areas of a scheme that has several."""
        if measure not in self._shares:
            return []
        groups: dict[tuple[str, str | None], list[Line]] = {}
        for line in self._wholes:
            if line.definition.measure == measure and line.at.get("scheme"):
                groups.setdefault((line.success, None), []).append(line)
        for line in self._lines:
            if line.definition.measure == measure and line.at.get("area") and _only(line, "area"):
                groups.setdefault((line.success, line.at["scheme"]), []).append(line)
        found = (self._compared(measure, success, scheme, group) for (success, scheme), group in groups.items())
        return [compared for compared in found if len(compared.shown) >= FEWEST]

    def _compared(self, measure: str, success: str, scheme: str | None, group: Sequence[Line]) -> "Compared":
        by = "area" if scheme else "scheme"
        group = sorted(group, key=lambda line: line.place[by])
        out = tuple(line for line in group if self._opted_out(line))
        shown = tuple(line for line in group if _is_share(line) and line not in out)
        hidden = tuple(line for line in group if line not in shown and line not in out)
        what = group[0].measure + (f", {self._names.scheme(scheme)}" if scheme else "")
        path = "/".join((self.release.id, "funnel", measure, success, *([scheme] if scheme else [])))
        return Compared(what, by, success, path, self._made_from(shown, scheme), shown, hidden, out)

    def _opted_out(self, line: Line) -> bool:
        scheme = self._names.known.schemes.get(line.at.get("scheme") or "")
        return scheme is not None and scheme.opt_out_of_comparison

    def _by(self, scheme: str, by: str, group: Sequence[Line]) -> Shares | None:
        if group[0].definition.measure not in self._shares or len(group) == 1:
            return None
        what = f"{self._names.scheme(scheme)}, {lowered(group[0].measure)}, by {lowered(dimension(by))}"
        return self._share_chart(what, group, label=by)

    def _share_chart(
        self, what: str, of_it: Sequence[Line], *, label: str | None = None, alike: bool = True
    ) -> Shares | None:
        of_it = [line for line in of_it if line.definition.measure in self._shares]
        if not of_it:
            return None
        shares = [_share(line, line.place[label] if label else _titled(line, of_it)) for line in of_it]
        return Shares(what, tuple(shares), self._made_from(of_it, of_it[0].at.get("scheme")), alike)

    def _waits(self, what: str, of_it: Sequence[Line]) -> Waits | None:
        waits = [line for line in of_it if line.definition.unit == "day" and line.row.n != 0]
        if not waits:
            return None
        told = tuple(Wait(line.measure, line.row.n or 0, line.row.value, line.row.p90) for line in waits)
        return Waits(what, "day", told, self._made_from(waits, waits[0].at.get("scheme")))

    def _reach(self, what: str, of_it: Sequence[Line]) -> Reach | None:
        aims = [line for line in of_it if line.definition.measure.startswith("reach-") and line.row.n]
        if not aims:
            return None
        told = tuple(Reached(line.measure, line.row.k, line.row.n or 0) for line in aims)
        return Reach(what, told, self._made_from(aims, aims[0].at.get("scheme")))

    def _fit_notes(self, of_it: Sequence[Line]) -> FitNotes | None:
        line = next((line for line in of_it if line.definition.measure == FIT_NOTES and _is_share(line)), None)
        return FitNotes(line.row.k or 0, line.row.n or 0, self._made_from([line])) if line else None

    def _made_from(self, of_it: Sequence[Line], scheme: str | None = None) -> str:
        """From what a chart is made, so that it can be read by itself. `scheme` is the only one that it is about."""
        successes = sorted({line.success for line in of_it})
        release = self.release
        profile = PROFILES.get(release.profile)
        known = self._names.known.schemes.get(scheme or "")
        said = [
            "Made-up events." if release.synthetic else "",
            "An illustration." if known and known.illustration else "",
            f"Release {release.id}, as of {day(release.as_of)}.",
            f"Definition: {successes[0]}." if len(successes) == 1 else "",
            profile.words if profile else "",
        ]
        return " ".join(part for part in said if part)

    def _picture(self, path: str, drawing: Drawing) -> Picture:
        return Picture(f"{self.release.id}/{path}", drawing)


@dataclass(frozen=True)
class Compared:
    """A comparison, in order of names: units that are shown, units without a figure, units that do not take part."""

    what: str
    by: str
    success: str
    path: str
    made_from: str
    shown: tuple[Line, ...]
    hidden: tuple[Line, ...]
    out: tuple[Line, ...]

    @cached_property
    def funnel(self) -> Funnel:
        """The plot."""
        share = pooled((line.row.k or 0, line.row.n or 0) for line in self.shown) or 0.0
        units = tuple(_unit(number, line, self.by, share) for number, line in enumerate(self.shown, 1))
        return Funnel(self.what, f"{self.by}s", share, units, self.made_from)

    @property
    def picture(self) -> Picture:
        """The plot where a page places it."""
        return Picture(self.path, self.funnel)


def _is_share(line: Line) -> bool:
    """Whether it is a share of which both counts are shown, and not a mere number of people or places."""
    counted = line.row.k is not None and bool(line.row.n)
    return line.is_share and counted and line.definition.unit not in NOT_SHARES


def _only(line: Line, name: str) -> bool:
    """Whether the line is about a category of this dimension, and of no other."""
    return all(category is None for other, category in line.at.items() if other not in (*FIXED, name))


def _titled(line: Line, beside: Sequence[Line]) -> str:
    alike = [other for other in beside if other.definition.measure == line.definition.measure]
    return f"{line.measure} ({line.success})" if len(alike) > 1 else line.measure


def _share(line: Line, label: str) -> Share:
    row = line.row
    if not _is_share(line):
        return Share(label)
    return Share(label, row.k or 0, row.n or 0, row.rate, row.low or 0.0, row.high or 0.0)


def _unit(number: int, line: Line, by: str, share: float) -> Unit:
    k, n = line.row.k or 0, line.row.n or 1
    rounded_by = 0 if line.row.protection == "exact" else ROUNDED_BY
    return Unit(number, line.place[by], k, n, placed(share, k, n, rounded_by))
