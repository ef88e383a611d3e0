"""A source beside releases: each of its figures, and what the exact and the protected release say of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from outcomes_service.dashboard.charts.choosing import Charts
from outcomes_service.dashboard.charts.pictures import Picture
from outcomes_service.dashboard.lines import Line, wholes
from outcomes_service.dashboard.naming import Names
from outcomes_service.dashboard.reading import Kept
from outcomes_service.releases.model import Release
from schemes.published import Published, Source

SAID_BY: Final = {
    "seed": "the source",
    "published": "published elsewhere",
    "own": "worked out, not in the source",
}
_SEED: Final = "seed"
Key = tuple[str, str]


@dataclass(frozen=True)
class Beside:
    """The figures of whole schemes in one release, under the definition by which the articles count."""

    release: Release | None
    lines: Mapping[Key, Line]

    def line(self, scheme: str, measure: str) -> Line | None:
        """The figure of a scheme, if the release has it."""
        return self.lines.get((scheme, measure))


@dataclass(frozen=True)
class Told:
    """One figure of the source beside both releases."""

    published: Published
    scheme: str
    exact: Line | None
    protected: Line | None

    @property
    def said_by(self) -> str:
        """Who says the published figure."""
        return SAID_BY[self.published.basis]


@dataclass(frozen=True)
class Service:
    """A service of which the source gives no figure: what it was for, beside both releases."""

    id: str
    title: str
    exact: Line | None
    protected: Line | None

    @property
    def measure(self) -> str | None:
        """The title of what it was for, if a release says it."""
        line = self.exact or self.protected
        return line.measure if line else None


@dataclass(frozen=True)
class Story:
    """All that a story page shows."""

    source: Source
    exact: Beside
    protected: Beside
    figures: tuple[Told, ...]
    services: tuple[Service, ...]
    pictures: tuple[Picture, ...]

    @property
    def is_illustrated(self) -> bool:
        """Whether some of its figures are an illustration."""
        return any(told.published.illustration for told in self.figures)


def story(source: Source, exact: Kept | None, protected: Kept | None, names: Names) -> Story:
    """The source beside these releases, of which either may be missing."""
    beside, guarded = _beside(exact), _beside(protected)
    figures = tuple(_told(figure, beside, guarded, names) for figure in source.figures)
    services = tuple(
        Service(each.scheme, names.scheme(each.scheme), beside.line(*of), guarded.line(*of))
        for each in source.schemes
        if each.measure and (of := (each.scheme, each.measure))
    )
    pictures = _pictures(source, exact or protected, names)
    return Story(source, beside, guarded, figures, services, pictures)


def _beside(kept: Kept | None) -> Beside:
    found = wholes(kept.lines) if kept else []
    of_seed = {(line.at.get("scheme") or "", line.definition.measure): line for line in found if line.success == _SEED}
    return Beside(kept.release if kept else None, of_seed)


def _told(figure: Published, exact: Beside, protected: Beside, names: Names) -> Told:
    of = (figure.scheme, figure.measure)
    return Told(figure, names.scheme(figure.scheme), exact.line(*of), protected.line(*of))


def _pictures(source: Source, kept: Kept | None, names: Names) -> tuple[Picture, ...]:
    """Charts of the services that the source gives figures of."""
    if kept is None:
        return ()
    charts, of = Charts(kept.release, kept.lines, names), dict.fromkeys(figure.scheme for figure in source.figures)
    return tuple(picture for scheme in of for picture in charts.of_scheme(scheme))
