"""Working time: the minutes of working days in which offices of a country are open. Nobody is late in the others.

A working day is no Saturday, no Sunday and no bank holiday. Bank holidays follow from the Banking and Financial
Dealings Act 1971 and the days proclaimed under it, as https://www.gov.uk/bank-holidays lists them.
"""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Final

from servicekit.days import LONDON

OPENS: Final = time(8)
MINUTES_A_DAY: Final = 600  # until 18:00
MINUTES_A_WEEK: Final = 5 * MINUTES_A_DAY
_FIRST_YEAR: Final = 2000  # minutes are counted from here: nothing is accepted earlier than it happened
_MONDAY, _SATURDAY = 0, 5
_DAY: Final = timedelta(days=1)

SCOTLAND: Final = "scotland"
COUNTRIES: Final = frozenset({"england", "wales", SCOTLAND})

# One-off days and days moved, from the proclamations; what is moved is left out below.
_PROCLAIMED: Final = {
    date(2020, 5, 8): COUNTRIES,
    date(2022, 6, 2): COUNTRIES,
    date(2022, 6, 3): COUNTRIES,
    date(2022, 9, 19): COUNTRIES,
    date(2023, 5, 8): COUNTRIES,
    date(2026, 6, 15): frozenset({SCOTLAND}),
}
_MOVED: Final = frozenset({date(2020, 5, 4), date(2022, 5, 30)})


class Calendar:
    """The working time of some countries together: a day that one of them has off is nobody's working day."""

    def __init__(self, countries: frozenset[str]) -> None:
        self.countries = countries

    def is_working(self, day: date) -> bool:
        """Whether offices are open on this day."""
        return day.weekday() < _SATURDAY and not any(day in bank_holidays(c, day.year) for c in self.countries)

    def is_open(self, instant: datetime) -> bool:
        """Whether offices are open at this instant."""
        local = instant.astimezone(LONDON)
        return self.is_working(local.date()) and 0 <= _minute(local) < MINUTES_A_DAY

    def minutes(self, instant: datetime) -> int:
        """How many minutes of working time had passed by this instant; only differences mean anything."""
        local = instant.astimezone(LONDON)
        days = _working_days(self.countries, local.year)
        before = bisect_left(days, local.date())
        today = min(max(_minute(local), 0), MINUTES_A_DAY) if days[before : before + 1] == (local.date(),) else 0
        return (_days_before(self.countries, local.year) + before) * MINUTES_A_DAY + today

    def instant(self, minutes: int) -> datetime:
        """The first instant by which so many minutes of working time had passed."""
        days, rest = divmod(max(minutes, 1) - 1, MINUTES_A_DAY)
        year = _FIRST_YEAR
        while days >= (length := len(_working_days(self.countries, year))):
            days, year = days - length, year + 1
        opened = datetime.combine(_working_days(self.countries, year)[days], OPENS, LONDON)
        return opened + timedelta(minutes=rest + 1)


@cache
def bank_holidays(country: str, year: int) -> frozenset[date]:
    """The bank holidays of a year in England, Wales or Scotland, with the days in lieu of those on a weekend."""
    rule = _scotland if country == SCOTLAND else _england_and_wales
    proclaimed = {day for day, countries in _PROCLAIMED.items() if day.year == year and country in countries}
    return frozenset({*rule(year), *proclaimed} - _MOVED)


def _england_and_wales(year: int) -> Iterator[date]:
    yield from _in_lieu(date(year, 1, 1))
    yield easter(year) - 2 * _DAY
    yield easter(year) + _DAY
    yield _first_monday(year, 5)
    yield _last_monday(year, 5)
    yield _last_monday(year, 8)
    yield from _in_lieu(date(year, 12, 25), date(year, 12, 26))


def _scotland(year: int) -> Iterator[date]:
    yield from _in_lieu(date(year, 1, 1), date(year, 1, 2))
    yield easter(year) - 2 * _DAY
    yield _first_monday(year, 5)
    yield _last_monday(year, 5)
    yield _first_monday(year, 8)
    yield from _in_lieu(date(year, 11, 30))
    yield from _in_lieu(date(year, 12, 25), date(year, 12, 26))


def _in_lieu(*days: date) -> Iterator[date]:
    """The days, those on a weekend moved to the next weekdays that none of the others has."""
    taken = {day for day in days if day.weekday() < _SATURDAY}
    yield from sorted(taken)
    for day in days:
        if day.weekday() >= _SATURDAY:
            while day.weekday() >= _SATURDAY or day in taken:
                day += _DAY  # noqa: PLW2901
            taken.add(day)
            yield day


def easter(year: int) -> date:
    """Easter Sunday by the Gregorian calendar (the anonymous algorithm, Nature, 20 April 1876)."""
    golden, (century, decade) = year % 19, divmod(year, 100)
    leaps, rest = divmod(century, 4)
    correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leaps - correction + 15) % 30
    quads, years = divmod(decade, 4)
    sunday = (32 + 2 * rest + 2 * quads - epact - years) % 7
    late = (golden + 11 * epact + 22 * sunday) // 451
    month, day = divmod(epact + sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _first_monday(year: int, month: int) -> date:
    first = date(year, month, 1)
    return first + (_MONDAY - first.weekday()) % 7 * _DAY


def _last_monday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - (last.weekday() - _MONDAY) * _DAY


@cache
def _working_days(countries: frozenset[str], year: int) -> tuple[date, ...]:
    calendar, first = Calendar(countries), date(year, 1, 1)
    days = (first + n * _DAY for n in range((date(year + 1, 1, 1) - first).days))
    return tuple(day for day in days if calendar.is_working(day))


@cache
def _days_before(countries: frozenset[str], year: int) -> int:
    return sum(len(_working_days(countries, earlier)) for earlier in range(_FIRST_YEAR, year))


def _minute(local: datetime) -> int:
    return (local.hour - OPENS.hour) * 60 + local.minute
