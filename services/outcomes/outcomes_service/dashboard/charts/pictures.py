"""Where a chart stands, and what it is made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from outcomes_service.dashboard.charts.canvas import Canvas
from outcomes_service.dashboard.lines import FIXED, Line
from outcomes_service.dashboard.naming import Names, day
from outcomes_service.releases.model import Release
from outcomes_service.releases.profiles import PROFILES

CHARTS: Final = "/charts"
NARROW: Final = "-narrow"
_NOT_SHARES: Final = ("person", "practice", "host", "pound", "day", "week", "minute")


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
    """A chart where a page places it: `path` is its address without the ending."""

    path: str
    drawing: Drawing

    @property
    def address(self) -> str:
        """The wide picture."""
        return f"{self.path}.svg"

    @property
    def narrow(self) -> str:
        """The same for a width of 320 pixels."""
        return f"{self.path}{NARROW}.svg"

    @property
    def alt(self) -> str:
        """Title and content, for who does not see it."""
        return f"{self.drawing.title}. {self.drawing.alt}"


def made_from(release: Release, names: Names, of: Sequence[Line], scheme: str | None) -> str:
    """From what a chart is made, so that it can be read by itself. `scheme` is the only one that it is about."""
    successes = sorted({line.success for line in of})
    profile, known = PROFILES.get(release.profile), names.known.schemes.get(scheme or "")
    said = (
        "Made-up events." if release.synthetic else "",
        "An illustration." if known and known.illustration else "",
        f"Release {release.id}, as of {day(release.as_of)}.",
        f"Definition: {successes[0]}." if len(successes) == 1 else "",
        profile.words if profile else "",
    )
    return " ".join(part for part in said if part)


def is_share(line: Line) -> bool:
    """Whether it is a share of which both counts are shown, and not a mere number of people or places."""
    counted = line.row.k is not None and bool(line.row.n)
    return line.is_share and counted and line.definition.unit not in _NOT_SHARES


def is_only(line: Line, name: str) -> bool:
    """Whether the line is about a category of this dimension, and of no other."""
    others = (category for other, category in line.at.items() if other not in (*FIXED, name))
    return line.at.get(name) is not None and all(category is None for category in others)
