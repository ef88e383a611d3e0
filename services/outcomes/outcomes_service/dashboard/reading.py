"""Which release a page shows, and the addresses that keep to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple

from fastapi import Request

from outcomes_service.dashboard.layout import NotHere
from outcomes_service.dashboard.lines import Line, lines
from outcomes_service.dashboard.naming import Names, day
from outcomes_service.indicators.catalogue import Known
from outcomes_service.releases import shelf
from outcomes_service.releases.model import Release
from outcomes_service.releases.since import since
from servicekit.days import day_of

OPEN: Final = "open"  # the profile of exact figures, for made-up events only
_KEPT: Final = 4  # releases kept in memory with their tables: the latest, and what people compare it with


@dataclass(frozen=True)
class Reading:
    """The release that a page shows, with its figures, beside all that went out. `asked`: the reader chose it."""

    release: Release
    lines: tuple[Line, ...]
    others: tuple[Release, ...]
    since: tuple[str, ...]
    asked: bool

    @property
    def keep(self) -> str:
        """What a link has to carry so that the next page shows the same release."""
        return f"?release={self.release.id}" if self.asked else ""

    @property
    def published(self) -> tuple[Release, ...]:
        """Releases that may be chosen, newest first."""
        return tuple(release for release in self.others if release.status == "published")

    @property
    def corrected_by(self) -> tuple[Release, ...]:
        """Published releases that correct this one."""
        return tuple(release for release in self.published if release.corrects == self.release.id)

    @property
    def is_exact(self) -> bool:
        """Whether its figures are exact, which only made-up ones may be."""
        return self.release.profile == OPEN


class Kept(NamedTuple):
    """A release with its tables, and its figures in words."""

    release: Release
    lines: tuple[Line, ...]


class Reader:
    """Reads releases for pages. What a release says never changes, so its figures are kept once read."""

    def __init__(self, known: Known) -> None:
        self._known, self._names = known, Names(known)
        self._kept: dict[tuple[str, str], Kept] = {}
        self._since: dict[tuple[object, ...], tuple[str, ...]] = {}

    async def reading(self, request: Request) -> Reading | None:
        """What this request shows; None where nothing was ever published. Raises `NotHere` for what cannot be shown."""
        wanted = request.query_params.get("release")
        if wanted is not None:
            return await self.named(request, wanted)
        database: shelf.Database = request.app.state.running.database
        others = await shelf.published(database)
        chosen = default(others)
        return await self._of(database, chosen, others, asked=False) if chosen else None

    async def named(self, request: Request, release: str) -> Reading:
        """The release of that id. Raises `NotHere`."""
        database: shelf.Database = request.app.state.running.database
        others = await shelf.published(database)
        return await self._of(database, _asked(release, others), others, asked=True)

    async def newest(self, request: Request, *, exact: bool) -> Kept | None:
        """The newest release of made-up events with its figures: the exact one, or the protected one."""
        database: shelf.Database = request.app.state.running.database
        others = await shelf.published(database)
        chosen = default([each for each in others if each.synthetic and (each.profile == OPEN) is exact])
        return await self._whole(database, chosen) if chosen else None

    async def _of(
        self, database: shelf.Database, chosen: Release, others: Sequence[Release], *, asked: bool
    ) -> Reading:
        release, figures = await self._whole(database, chosen)
        return Reading(release, figures, tuple(others), self._changes(release, others), asked)

    def _changes(self, release: Release, others: Sequence[Release]) -> tuple[str, ...]:
        """What has changed around it: worked out again when another day, or another release, is there."""
        today = day_of(datetime.now(UTC))
        key = (release.id, release.content_hash, today, *((other.id, other.status) for other in others))
        if key not in self._since:
            _room_in(self._since)
            self._since[key] = since(release, others, self._known, today)
        return self._since[key]

    async def _whole(self, database: shelf.Database, chosen: Release) -> Kept:
        key = (chosen.id, chosen.content_hash)
        if key not in self._kept:
            found = await shelf.get(database, chosen.id)
            if found is None or found.status != "published":
                raise NotHere("This release was withdrawn", f"Release {chosen.id} was withdrawn just now.", status=410)
            _room_in(self._kept)
            self._kept[key] = Kept(found, tuple(lines(found, self._names)))
        return self._kept[key]


def _room_in(kept: dict[Any, Any]) -> None:
    while len(kept) >= _KEPT:
        del kept[next(iter(kept))]


def default(releases: Sequence[Release]) -> Release | None:
    """What is shown to who asks for none: real before made up, protected before exact, then the newest."""
    published = [release for release in releases if release.status == "published"]
    return max(published, key=_rank, default=None)


def _rank(release: Release) -> tuple[bool, bool, date, datetime]:
    out = release.published_at or release.drafted_at
    return not release.synthetic, release.profile != OPEN, release.as_of, out


def _asked(wanted: str, releases: Sequence[Release]) -> Release:
    """The release of that id. Raises `NotHere`: there is none, or it was withdrawn."""
    choices = [(f"/?release={each.id}", f"{each.id}: {each.title}") for each in releases if each.status == "published"]
    found = next((release for release in releases if release.id == wanted), None)
    if found is None:
        raise NotHere("There is no such release", "No release of this name was published.", choices)
    if found.status != "published":
        said = f"Release {found.id} was withdrawn on {day(found.withdrawn_at)}: {found.withdrawn_because}"
        raise NotHere("This release was withdrawn", said, choices, status=410)
    return found
