"""Calendar days. A day of the contract is a day in London, whatever offset an instant was written with."""

from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

LONDON: Final = ZoneInfo("Europe/London")
_LATE: Final = 23  # London is never behind UTC, and at most an hour before it


def day_of(instant: datetime) -> date:
    """The day in London of an aware instant."""
    if instant.hour < _LATE and not instant.utcoffset():  # most are; London has the day of UTC until then
        return instant.date()
    return instant.astimezone(LONDON).date()


def to_milliseconds(instant: datetime) -> datetime:
    """The instant as MongoDB keeps it, so that a stored fact equals the one that was not stored yet."""
    finer = instant.microsecond % 1000
    return instant.replace(microsecond=instant.microsecond - finer) if finer else instant


def start_of(day: date) -> datetime:
    """The instant at which a day begins in London."""
    return datetime.combine(day, time.min, LONDON)
