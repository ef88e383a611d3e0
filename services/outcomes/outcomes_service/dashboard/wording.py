"""Figures in plain words, written from the row and the definition of its measure, and from nothing else."""

import re
from collections.abc import Mapping
from typing import Final, Literal

from outcomes_service.releases.model import Definition, Protection, Row

Kind = Literal["suppressed", "cost", "spread", "share", "against", "count", "nothing"]
NONE: Final = "\N{EN DASH}"
SUPPRESSED: Final = "suppressed"
PROTECTION: Final[Mapping[Protection, str]] = {
    "exact": "exact",
    "rounded": "rounded to the nearest 5",
    "suppressed": "suppressed: 1 to 7, or hides such a count",
}
_COUNTED: Final = ("person", "practice", "host")  # how many says more than what share
_CODE: Final = re.compile(r"`([^`]*)`")


def kind(row: Row, unit: str) -> Kind:
    """What sort of figure a row has, read off what stands in it. Part of a figure that is shown may be suppressed."""
    if row.value is not None:
        return "cost" if unit == "pound" else "spread"
    if row.rate is not None:
        return "against" if row.low is None else "share"
    if row.protection == SUPPRESSED and (row.k is None or row.n is None):
        return "suppressed"
    return "count" if row.k and row.n is None and unit != "pound" else "nothing"


def figure(row: Row, unit: str) -> str:
    """The figure itself: a share, days, pounds, or how many."""
    match kind(row, unit):
        case "suppressed":
            return SUPPRESSED
        case "nothing":
            return "none yet"
        case "cost":
            return pounds(row.value)
        case "spread":
            return spread_of(row.value, unit) + ("" if row.p90 is None else f"; 9 in 10 within {_plain(row.p90)}")
        case "share" | "against" if unit not in _COUNTED:
            return percent(row.rate)
    return count(row.k)


def interval(row: Row) -> str:
    """The 95 % interval of a share."""
    if row.low is None or row.high is None:
        return NONE
    return f"{row.low * 100:.1f} to {row.high * 100:.1f} %"


def counted(number: int | None, row: Row, named: bool) -> str:
    """One of a row's counts: `named` says whether the measure has such a count at all."""
    if number is None and row.protection == SUPPRESSED and named:
        return SUPPRESSED
    return count(number)


def unknown(row: Row, named: bool) -> str:
    """How many are unknown, and the share if all of them had succeeded."""
    highest = with_unknown_as_yes(row)
    return counted(row.u, row, named) + ("" if highest is None else f" (as yes: {percent(highest)})")


def with_unknown_as_yes(row: Row) -> float | None:
    """The share if every unknown had been a success; None where nothing is unknown."""
    if not row.u or row.k is None or not row.n or row.low is None:
        return None
    return min(1.0, (row.k + row.u) / row.n)


def sentence(row: Row, definition: Definition) -> str:
    """The figure as a sentence, which begins with what it is about."""
    return f"{definition.title}: {_said(row, definition)}"


def _said(row: Row, definition: Definition) -> str:
    unit, of = definition.unit, _of_what(definition)
    match kind(row, unit):
        case "suppressed":
            said = "suppressed. It is 1 to 7, or a number that would give such a one, or everybody's result, away."
        case "nothing":
            said = "nothing is counted yet."
        case "cost":
            said = f"{pounds(row.value)}, which is {pounds(row.k)} over {count(row.n)} {of}."
        case "spread":
            most = "" if row.p90 is None else f", nine in ten within {_plain(row.p90)}"
            said = f"half of {_about(row)}{count(row.n)} {of} within {spread_of(row.value, unit)}{most}."
        case "count":
            said = f"{count(row.k)}."
        case "share" | "against":
            share = f"{_about(row)}{count(row.k)} of {count(row.n)} {of}, which is {percent(row.rate)}"
            said = f"{share}{_how_sure(row)}.{_not_known(row)}"
    return said


def _about(row: Row) -> str:
    return "" if row.protection == "exact" else "about "


def _how_sure(row: Row) -> str:
    if row.low is None or row.high is None:
        return ""
    return f"; between {_between(row.low, row.high)} in 100 if chance alone is allowed for (95 % interval)"


def _between(low: float, high: float) -> str:
    """Both bounds in 100, with as many places as it takes to tell them apart, and no more than two."""
    bounds = [(f"{low * 100:.{places}f}", f"{high * 100:.{places}f}") for places in (0, 1, 2)]
    return " and ".join(next((pair for pair in bounds if pair[0] != pair[1]), bounds[0]))


def _not_known(row: Row) -> str:
    if row.u is None and row.protection == SUPPRESSED:
        return " How many of them are unknown is suppressed."
    highest = with_unknown_as_yes(row)
    if highest is None:
        return ""
    return (
        f" Of {count(row.u)} it is not known: they count as no. Were all of them yes, it would be {percent(highest)}."
    )


def _of_what(definition: Definition) -> str:
    return plain(definition.denominator or "").removeprefix("the ").removeprefix("all ")


def plain(words: str) -> str:
    """Words of a definition without the marks around codes: `returned_to_work` is said as returned to work."""
    return _CODE.sub(lambda found: found[1].replace("_", " "), words)


def spread_of(value: float | None, unit: str) -> str:
    """So many days, weeks."""
    return f"{_plain(value)} {unit}" + ("" if value == 1 else "s")


def count(number: int | None) -> str:
    """A count, or a dash where there is none."""
    return NONE if number is None else f"{number:,}"


def percent(share: float | None) -> str:
    """A share as per cent."""
    return NONE if share is None else f"{share * 100:.1f} %"


def pounds(amount: float | None) -> str:
    """Money in whole pounds."""
    return NONE if amount is None else f"£{amount:,.0f}"


def _plain(value: float | None) -> str:
    return NONE if value is None else f"{value:,g}"
