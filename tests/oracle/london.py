"""Days in London: a moment belongs to the day that a clock in Europe/London shows."""

from datetime import UTC, date, datetime, timedelta


def moment(text: str) -> datetime:
    """Give the moment that an RFC 3339 text names, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def london_day(at: datetime) -> date:
    """Give the day in London: summer time from the last Sunday of March to that of October, each at 01:00 UTC."""
    summer = _last_sunday(at.year, 3) <= at < _last_sunday(at.year, 10)
    return (at + timedelta(hours=1 if summer else 0)).date()


def _last_sunday(year: int, month: int) -> datetime:
    last = datetime(year, month, 31, 1, tzinfo=UTC)  # March and October both have 31 days
    return last - timedelta(days=(last.weekday() + 1) % 7)
