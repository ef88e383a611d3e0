"""Which comparisons a release allows: schemes, and areas of one scheme, by the same measure and definition."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from outcomes_service.dashboard.charts.funnels import Funnel, Unit
from outcomes_service.dashboard.charts.pictures import CHARTS, Picture, is_only, is_share, made_from
from outcomes_service.dashboard.lines import Line, wholes
from outcomes_service.dashboard.naming import Names
from outcomes_service.indicators.funnel import placed, pooled
from outcomes_service.releases.model import Release
from outcomes_service.releases.profiles import DEFAULT

FEWEST: Final = 3  # units that a funnel needs to say anything
ROUNDED_BY: Final = DEFAULT.base // 2  # how far off a published count may be


@dataclass(frozen=True)
class Compared:
    """A comparison, in order of names: units that are shown, units without a figure, units that do not take part.

    `by` is what the units are: scheme, or area.
    """

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


def comparisons(release: Release, of: Sequence[Line], names: Names, measure: str) -> list[Compared]:
    """Every comparison of a measure that enough units show: schemes under one definition, areas of one scheme."""
    of_it = [line for line in of if line.definition.measure == measure]
    groups: dict[tuple[str, str | None], list[Line]] = {}
    for line in wholes(of_it):
        groups.setdefault((line.success, None), []).append(line)
    for line in of_it:
        if is_only(line, "area"):
            groups.setdefault((line.success, line.at["scheme"]), []).append(line)
    found = (_compared(release, names, scheme, group) for (_, scheme), group in groups.items())
    return [compared for compared in found if len(compared.shown) >= FEWEST]


def _compared(release: Release, names: Names, scheme: str | None, group: Sequence[Line]) -> Compared:
    by = "area" if scheme else "scheme"
    group = sorted(group, key=lambda line: line.place[by])
    out = tuple(line for line in group if _opted_out(line, names))
    shown = tuple(line for line in group if is_share(line) and line not in out)
    hidden = tuple(line for line in group if line not in shown and line not in out)
    what = group[0].measure + (f", {names.scheme(scheme)}" if scheme else "")
    measure, success = group[0].definition.measure, group[0].success
    path = "/".join((CHARTS, release.id, "funnel", measure, success, *([scheme] if scheme else [])))
    return Compared(what, by, success, path, made_from(release, names, shown, scheme), shown, hidden, out)


def _opted_out(line: Line, names: Names) -> bool:
    scheme = names.known.schemes.get(line.at.get("scheme") or "")
    return scheme is not None and scheme.opt_out_of_comparison


def _unit(number: int, line: Line, by: str, share: float) -> Unit:
    k, n = line.row.k or 0, line.row.n or 1
    rounded_by = 0 if line.row.protection == "exact" else ROUNDED_BY
    return Unit(number, line.place[by], k, n, placed(share, k, n, rounded_by))
