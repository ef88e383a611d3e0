"""Working time passes on working days between eight and six, in London's time, and stands still otherwise."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from servicekit.working_time import Calendar, bank_holidays, easter

LONDON = ZoneInfo("Europe/London")
ENGLAND, SCOTLAND = Calendar(frozenset({"england"})), Calendar(frozenset({"scotland"}))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


@pytest.mark.parametrize(
    ("country", "year", "days"),
    [
        ("england", 2022, "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27"),
        ("england", 2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28"),
        ("wales", 2027, "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28"),
        ("scotland", 2022, "01-03 01-04 04-15 05-02 06-02 06-03 08-01 09-19 11-30 12-26 12-27"),
        ("scotland", 2026, "01-01 01-02 04-03 05-04 05-25 06-15 08-03 11-30 12-25 12-28"),
        ("scotland", 2027, "01-01 01-04 03-26 05-03 05-31 08-02 11-30 12-27 12-28"),
    ],
)
def test_bank_holidays_are_those_of_the_country(country: str, year: int, days: str) -> None:
    assert sorted(bank_holidays(country, year)) == [date.fromisoformat(f"{year}-{day}") for day in days.split()]


def test_easter_is_where_the_calendar_has_it() -> None:
    found = [easter(year) for year in (2000, 2024, 2025, 2026, 2038)]
    assert found == [date(2000, 4, 23), date(2024, 3, 31), date(2025, 4, 20), date(2026, 4, 5), date(2038, 4, 25)]


@pytest.mark.parametrize(
    ("begin", "end", "minutes"),
    [
        ("2026-11-23 09:00", "2026-11-23 11:30", 150),
        ("2026-11-23 17:30", "2026-11-24 08:30", 60),  # over night
        ("2026-11-20 17:00", "2026-11-23 09:00", 120),  # over a weekend
        ("2026-04-02 17:00", "2026-04-07 09:00", 120),  # over Easter
        ("2026-12-31 18:00", "2027-01-04 08:30", 30),  # over the new year
        ("2026-11-21 03:00", "2026-11-22 23:00", 0),  # within a weekend
        ("2026-03-27 17:00", "2026-03-30 09:00", 120),  # clocks go forward
    ],
)
def test_time_passes_while_offices_are_open(begin: str, end: str, minutes: int) -> None:
    assert ENGLAND.minutes(at(end)) - ENGLAND.minutes(at(begin)) == minutes


def test_a_day_off_in_one_country_is_a_working_day_in_the_other() -> None:
    noon = at("2026-11-30 12:00")  # St Andrew's
    both = Calendar(frozenset({"england", "scotland"}))
    assert (ENGLAND.is_open(noon), SCOTLAND.is_open(noon), both.is_open(noon)) == (True, False, False)


def test_an_amount_of_working_time_is_over_at_the_first_such_instant() -> None:
    friday = at("2026-11-20 17:00")
    passed = ENGLAND.minutes(friday)
    assert ENGLAND.instant(passed + 60) == at("2026-11-20 18:00")
    assert ENGLAND.instant(passed + 61) == at("2026-11-23 08:01")
    assert ENGLAND.instant(passed) == friday
