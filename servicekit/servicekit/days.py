"""Calendar days. A day of the contract is a day in London, whatever offset an instant was written with."""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

_LONDON: Final = ZoneInfo("Europe/London")


def day_of(instant: datetime) -> date:
    """The day in London of an aware instant."""
    return instant.astimezone(_LONDON).date()


def to_milliseconds(instant: datetime) -> datetime:
    """The instant as MongoDB keeps it, so that a stored fact equals the one that was not stored yet."""
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)
