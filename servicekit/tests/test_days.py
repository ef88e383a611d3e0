"""The day of an instant is London's."""

from datetime import UTC, date, datetime

from servicekit.days import day_of, to_milliseconds


def test_an_evening_in_summer_is_the_next_day_in_london() -> None:
    assert day_of(datetime(2025, 6, 30, 23, 30, tzinfo=UTC)) == date(2025, 7, 1)


def test_an_evening_in_winter_is_the_same_day() -> None:
    assert day_of(datetime(2025, 12, 31, 23, 30, tzinfo=UTC)) == date(2025, 12, 31)


def test_an_instant_is_kept_in_whole_milliseconds() -> None:
    written = datetime(2025, 6, 30, 23, 30, 1, 234_999, tzinfo=UTC)
    assert to_milliseconds(written) == datetime(2025, 6, 30, 23, 30, 1, 234_000, tzinfo=UTC)
