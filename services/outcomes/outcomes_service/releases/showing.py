"""How a row reads once it is decided which of its counts are suppressed."""

from collections.abc import Collection
from typing import Any, Final

import msgspec

from outcomes_service.indicators.wilson import wilson
from outcomes_service.releases.counts import Part, people_parts
from outcomes_service.releases.model import Row
from outcomes_service.releases.profiles import ENOUGH_BEYOND, Profile


def small_parts(row: Row, profile: Profile) -> frozenset[Part]:
    """The parts of an exact row that must not be shown for what they are themselves.

    Where few or none of a group succeed, or all but a few or all do, one knows it of everybody in it: then `k` is not
    shown. A group of nobody discloses nothing, and a total of nought is no group.
    """
    parts = people_parts(row.at.get("measure") or "")
    if "n" in parts and row.n is not None and profile.is_small(row.n):
        return frozenset(parts)
    small = {part for part in parts if profile.is_small(_value(row, part) or 0)}
    if "k" in parts and "n" in parts and row.k is not None and row.n and min(row.k, row.n - row.k) <= profile.small:
        small.add("k")
    return frozenset(small)


def shown(row: Row, suppressed: Collection[str], profile: Profile) -> Row:
    """The row as published."""
    if profile.exact:
        return msgspec.structs.replace(row, protection="exact")
    parts = people_parts(row.at.get("measure") or "")
    if not parts:
        return _capacity(row, profile) if row.at.get("measure") == MINUTES else row
    counts: dict[str, Any] = {
        part: None if part in suppressed or value is None else profile.rounded(value)
        for part in parts
        for value in (_value(row, part),)
    }
    hidden = any(counts[part] is None and _value(row, part) is not None for part in parts)
    protected = msgspec.structs.replace(row, **counts, protection="suppressed" if hidden else "rounded")
    return msgspec.structs.replace(protected, **_worked_out(protected, row, profile))


MINUTES: Final = "capacity-used"
_MINUTES_OF_A_SESSION: Final = 60


def _value(row: Row, part: str) -> int | None:
    value: int | None = getattr(row, part)
    return value


def _worked_out(protected: Row, exact: Row, profile: Profile) -> dict[str, float | None]:
    """Rate, interval, and what else follows from counts: from those shown, or nothing."""
    k, n = protected.k, protected.n
    rate = k / n if exact.rate is not None and k is not None and n else None
    interval = wilson(k, n) if exact.low is not None and k is not None and n else None
    low, high = interval or (None, None)
    return {"rate": rate, "low": low, "high": high, **_spread(protected, exact, profile)}


def _spread(protected: Row, exact: Row, profile: Profile) -> dict[str, float | None]:
    """A median where `n` is shown; a cost from the count shown; a 90th percentile where enough lie beyond it."""
    if exact.value is None:
        return {"value": None, "p90": None}
    if exact.k is not None and exact.p90 is None:  # pounds over a count
        return {"value": protected.k / protected.n if protected.k is not None and protected.n else None, "p90": None}
    median = None if protected.n is None else exact.value
    beyond = protected.n is not None and protected.n >= ENOUGH_BEYOND * (profile.small + 1)
    return {"value": median, "p90": exact.p90 if beyond else None}


def _capacity(row: Row, profile: Profile) -> Row:
    """Minutes tell how many sessions there were: counted by the hour, they are shown as sessions would be."""
    hours = {part: (_value(row, part) or 0) // _MINUTES_OF_A_SESSION for part in ("k", "n")}
    few = row.k is not None and row.k > 0 and hours["k"] <= profile.small
    if row.k is None or row.n is None or few:
        return msgspec.structs.replace(row, k=None, n=None, rate=None, protection="suppressed")
    k, n = (profile.rounded(hours[part]) * _MINUTES_OF_A_SESSION for part in ("k", "n"))
    return msgspec.structs.replace(row, k=k, n=n, rate=k / n if n else None, protection="rounded")
