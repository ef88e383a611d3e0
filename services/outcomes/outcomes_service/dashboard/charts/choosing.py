"""Which charts a release has. Each is made of the release's figures alone, and its address says what it shows."""

from collections.abc import Mapping, Sequence
from typing import Final

from outcomes_service.dashboard.charts.comparing import comparisons
from outcomes_service.dashboard.charts.fit_notes import FitNotes
from outcomes_service.dashboard.charts.pictures import CHARTS, Drawing, Picture, is_only, is_share, made_from
from outcomes_service.dashboard.charts.reach import Reach, Reached
from outcomes_service.dashboard.charts.shares import Share, Shares
from outcomes_service.dashboard.charts.waits import Wait, Waits
from outcomes_service.dashboard.charts.words import lowered
from outcomes_service.dashboard.lines import FIXED, Line, wholes
from outcomes_service.dashboard.naming import Names, dimension
from outcomes_service.dashboard.selecting import quality
from outcomes_service.releases.model import Release

COMPARED_AS_FUNNEL: Final = ("area", "practice", "board")
FIT_NOTES: Final = "fit-note-share"


class Charts:
    """The charts of one release."""

    def __init__(self, release: Release, of: Sequence[Line], names: Names) -> None:
        self._release, self._of, self._names = release, of, names
        self._shares = {line.definition.measure for line in of if is_share(line)} - {FIT_NOTES}

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
                compared = comparisons(self._release, self._of, self._names, measure)
                found = [each.picture for each in compared]
            case _:
                found = []
        return next((picture for picture in found if picture.path == f"{CHARTS}/{self._release.id}/{path}"), None)

    def of_scheme(self, scheme: str) -> list[Picture]:
        """What a scheme's page shows: its shares, waits, reach and fit notes, each if the release has them."""
        about, _ = quality((line for line in self._of if line.at.get("scheme") == scheme), self._names.known)
        of_it, title = wholes(about), self._names.scheme(scheme)
        drawings: Mapping[str, Drawing | None] = {
            "shares": self._share_chart(title, of_it),
            "waits": self._waits(title, of_it),
            "reach": self._reach(title, of_it),
            "fit-notes": self._fit_notes(of_it),
        }
        return self._placed({f"scheme/{scheme}/{name}": drawing for name, drawing in drawings.items()})

    def of_area(self, area: str) -> list[Picture]:
        """What an area's page shows: the shares of each scheme there."""
        about, _ = quality((line for line in self._of if line.at.get("area") == area), self._names.known)
        there: dict[str, list[Line]] = {}
        for line in about:
            if is_only(line, "area"):
                there.setdefault(line.at["scheme"] or "", []).append(line)
        charts = {scheme: self._share_chart(self._in_area(scheme, area), of_it) for scheme, of_it in there.items()}
        return self._placed({f"area/{area}/{scheme}": chart for scheme, chart in charts.items()})

    def by_category(self, scheme: str, measure: str) -> list[Picture]:
        """A share of one scheme by category of each dimension that the release has it by, but for places.

        Places are compared as a funnel plot only.
        """
        groups: dict[tuple[str, str], list[Line]] = {}
        for line in self._of:
            by = next((name for name in line.at if name not in FIXED and is_only(line, name)), None)
            fits = line.at.get("scheme") == scheme and line.definition.measure == measure
            if fits and by is not None and by not in COMPARED_AS_FUNNEL:
                groups.setdefault((by, line.success), []).append(line)
        charts = {
            f"by/{scheme}/{by}/{measure}/{success}": self._by(scheme, by, group)
            for (by, success), group in groups.items()
        }
        return self._placed(charts)

    def _by(self, scheme: str, by: str, group: Sequence[Line]) -> Shares | None:
        if len(group) == 1:
            return None
        what = f"{self._names.scheme(scheme)}, {lowered(group[0].measure)}, by {lowered(dimension(by))}"
        return self._share_chart(what, group, by=by)

    def _share_chart(self, what: str, of_it: Sequence[Line], *, by: str | None = None) -> Shares | None:
        of_it = [line for line in of_it if line.definition.measure in self._shares]
        if not of_it:
            return None
        shares = tuple(_share(line, line.place[by] if by else _titled(line, of_it)) for line in of_it)
        return Shares(what, shares, self._made_from(of_it), alike=by is not None)

    def _waits(self, what: str, of_it: Sequence[Line]) -> Waits | None:
        waits = [line for line in of_it if line.definition.unit == "day" and line.row.n != 0]
        if not waits:
            return None
        told = tuple(Wait(line.measure, line.row.n or 0, line.row.value, line.row.p90) for line in waits)
        return Waits(what, "day", told, self._made_from(waits))

    def _reach(self, what: str, of_it: Sequence[Line]) -> Reach | None:
        aims = [line for line in of_it if line.definition.measure.startswith("reach-") and line.row.n]
        if not aims:
            return None
        told = tuple(Reached(line.measure, line.row.k, line.row.n or 0) for line in aims)
        return Reach(what, told, self._made_from(aims))

    def _fit_notes(self, of_it: Sequence[Line]) -> FitNotes | None:
        line = next((line for line in of_it if line.definition.measure == FIT_NOTES and line.is_share), None)
        return FitNotes(line.row.k or 0, line.row.n or 0, self._made_from([line])) if line else None

    def _made_from(self, of_it: Sequence[Line]) -> str:
        return made_from(self._release, self._names, of_it, of_it[0].at.get("scheme"))

    def _in_area(self, scheme: str, area: str) -> str:
        return f"{self._names.scheme(scheme)}, {self._names.area(area)}"

    def _placed(self, drawings: Mapping[str, Drawing | None]) -> list[Picture]:
        start = f"{CHARTS}/{self._release.id}"
        return [Picture(f"{start}/{path}", drawing) for path, drawing in drawings.items() if drawing]


def _titled(line: Line, beside: Sequence[Line]) -> str:
    alike = [other for other in beside if other.definition.measure == line.definition.measure]
    return f"{line.measure} ({line.success})" if len(alike) > 1 else line.measure


def _share(line: Line, label: str) -> Share:
    row = line.row
    if not is_share(line):
        return Share(label)
    return Share(label, row.k or 0, row.n or 0, row.rate, row.low or 0.0, row.high or 0.0)
