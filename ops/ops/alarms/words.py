"""Numbers in the sentences of alarms."""

from typing import Final

_ROUGHLY: Final = ((86400.0, "days"), (3600.0, "hours"), (60.0, "minutes"))


def lasting(seconds: float) -> str:
    """How long it is, roughly: `3 minutes`."""
    for size, unit in _ROUGHLY:
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {unit}"
    return f"{seconds:,.0f} seconds"


def count(records: int | None) -> str:
    """`3 records`."""
    if records is None:
        return "nobody knows how many records"
    return f"{records:,} record" if records == 1 else f"{records:,} records"
