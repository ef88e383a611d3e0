"""In which category a referral stands in each dimension that no day decides; and the period of a day."""

from collections.abc import Mapping
from datetime import date
from typing import Final, NamedTuple

from outcomes_service.projections.cells import Cell
from outcomes_service.projections.journeys import Journey
from schemes import rules
from schemes.model import Scheme
from schemes.vocabulary import ROUTES
from servicekit.days import day_of

NONE: Final = "none"  # no practice, no code
PRACTICE: Final = "ods:"  # begins the key of a practice's document
_APRIL: Final = 4


class Place(NamedTuple):
    """Where a referral stands, and with it its person; of a practice's fit notes the last four are empty."""

    scheme: str
    area: str
    practice: str
    route: str = ""
    entry: str = ""
    barrier: str = ""
    age: str = ""


class Places:
    """Numbers places as they come, in `all`: there are far fewer of them than journeys."""

    def __init__(self, schemes: Mapping[str, Scheme]) -> None:
        self._schemes = schemes
        self.all: list[Place] = []
        self._numbers: dict[Place, int] = {}
        self._seen: dict[tuple[object, ...], int] = {}
        self._dated = {  # schemes whose routes differ from day to day
            name for name, scheme in schemes.items() if any(taken.from_ or taken.to for taken in scheme.routes)
        }

    def number(self, journey: Journey) -> int:
        """The place of a referral that was made."""
        scheme, entry, at = journey.scheme_id or "", journey.entry, journey.referred_at
        seen = (
            scheme,
            journey.area,
            journey.practice,
            journey.source_code,
            entry.group if entry is not None else None,
            journey.main_barrier,
            journey.age_band,
            at if scheme in self._dated else None,
        )
        number = self._seen.get(seen)
        if number is None:
            place = place_of(journey, self._schemes[scheme])
            number = self._seen[seen] = self._number(place)
        return number

    def of_practice(self, practice: Journey, cell: Cell) -> int:
        """The place of a practice's fit notes in a scheme that counts them."""
        return self._number(Place(cell.scheme_id, cell.area, practice.id.removeprefix(PRACTICE)))

    def _number(self, place: Place) -> int:
        number = self._numbers.setdefault(place, len(self.all))
        if number == len(self.all):
            self.all.append(place)
        return number


def place_of(journey: Journey, scheme: Scheme) -> Place:
    """The place of a referral that was made."""
    referred_on = day_of(journey.referred_at) if journey.referred_at else date.min
    return Place(
        scheme.id,
        journey.area or "",
        journey.practice or NONE,
        route_of(scheme, journey.source_code or "", referred_on),
        journey.entry.group if journey.entry else NONE,
        journey.main_barrier or "not_recorded",
        journey.age_band or "not_known",
    )


def route_of(scheme: Scheme, source_code: str, day: date) -> str:
    """The route by which the scheme took a source on a day. A3 comes by two: as a GP's or as an assessor's."""
    for taken in scheme.routes:
        if taken.route != "any" and taken.holds_on(day) and source_code in ROUTES[taken.route]:
            return taken.route
    return rules.route_of(source_code)


def period_of(day: date, period: str) -> str:
    """`2025-03`, `2025-Q1` or, from April to March, `2024-25`."""
    if period == "month":
        return f"{day.year}-{day.month:02d}"
    if period == "quarter":
        return f"{day.year}-Q{(day.month + 2) // 3}"
    first = day.year if day.month >= _APRIL else day.year - 1
    return f"{first}-{(first + 1) % 100:02d}"


def periods_from(earliest: str, latest: str, period: str) -> list[str]:
    """Every period from one to another, whether or not anything counts in it."""
    first, last = first_day_of(earliest, period), first_day_of(latest, period)
    if first is None or last is None:
        raise ValueError(f"{earliest} and {latest} are not both a {period}")
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return list(dict.fromkeys(period_of(date(month // 12, month % 12 + 1, 1), period) for month in months))


def first_day_of(name: str, period: str) -> date | None:
    """The first day of a period by its name; None: there is no such period."""
    try:
        if period == "month":
            first = date.fromisoformat(f"{name}-01")
        elif period == "quarter":
            first = date(int(name[:4]), 3 * int(name[6:]) - 2, 1)
        else:
            first = date(int(name[:4]), _APRIL, 1)
    except ValueError:
        return None
    return first if period_of(first, period) == name else None
