"""Which release a page shows, and the addresses that keep to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from fastapi import Request

from outcomes_service.dashboard.layout import NotHere
from outcomes_service.dashboard.naming import day
from outcomes_service.indicators.catalogue import Known
from outcomes_service.releases import shelf
from outcomes_service.releases.model import Release
from outcomes_service.releases.since import since
from servicekit.days import day_of

OPEN: Final = "open"  # the profile of exact figures, for made-up events only
_KEPT: Final = 4  # releases kept in memory with their tables: the latest, and what people compare it with


@dataclass(frozen=True)
class Reading:
    """The release that a page shows, beside all that went out. `asked` says that the reader chose it."""

    release: Release
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


class Reader:
    """Reads releases for pages. What a release says never changes, so its tables are kept once read."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._kept: dict[tuple[str, str], Release] = {}

    async def reading(self, request: Request) -> Reading | None:
        """What this request shows; None where nothing was ever published. Raises `NotHere` for what cannot be shown."""
        database: shelf.Database = request.app.state.running.database
        others = await shelf.published(database)
        wanted = request.query_params.get("release")
        chosen = default(others) if wanted is None else _asked(wanted, others)
        if chosen is None:
            return None
        release = await self._whole(database, chosen)
        return Reading(release, tuple(others), since(release, others, self._known, _today()), wanted is not None)

    async def _whole(self, database: shelf.Database, chosen: Release) -> Release:
        key = (chosen.id, chosen.content_hash)
        if key not in self._kept:
            found = await shelf.get(database, chosen.id)
            if found is None or found.status != "published":
                raise NotHere("This release was withdrawn", f"Release {chosen.id} was withdrawn just now.", status=410)
            while len(self._kept) >= _KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = found
        return self._kept[key]


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


def _today() -> date:
    return day_of(datetime.now(UTC))
