"""Calendar days. A day of the contract is a day in London, whatever offset an instant was written with."""

from datetime import date, datetime, time
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

LONDON: Final = ZoneInfo("Europe/London")


@lru_cache(maxsize=8_192)  # the same instants are asked for again and again: of a document before and after, of now
def day_of(instant: datetime) -> date:
    """The day in London of an aware instant."""
    return instant.astimezone(LONDON).date()


def to_milliseconds(instant: datetime) -> datetime:
    """The instant as MongoDB keeps it, so that a stored fact equals the one that was not stored yet."""
    finer = instant.microsecond % 1000
    return instant.replace(microsecond=instant.microsecond - finer) if finer else instant


def start_of(day: date) -> datetime:
    """The instant at which a day begins in London."""
    return datetime.combine(day, time.min, LONDON)
