"""Values that are neither lists nor objects: all that some keywords accept and others refuse."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import count, islice, product
from typing import Any, Final

import jsonschema

from contracts.compatibility.languages import TooMany, texts
from contracts.compatibility.negation import Way
from contracts.compatibility.profile import Schema

CHECKER: Final = jsonschema.Draft202012Validator.FORMAT_CHECKER
_TRIED_AT_MOST: Final = 500
_DAYS: Final = ("2026-03-02", "2024-02-29", "1999-12-31", "0001-01-01", "9999-12-31", "2026-02-30", "2026-13-01")
_TIMES: Final = ("09:30:00", "00:00:00", "23:59:59", "09:30:00.5", "09:30:00.123456", "09:30:00.123456789", "24:00:00")
_OFFSETS: Final = ("Z", "+01:00", "-23:59", "z", "+0100", "")
# What no pattern says: which days there are. So known texts are tried.
_WRITTEN: Final = (*_DAYS, *(f"{day}T{time}{offset}" for day, time, offset in product(_DAYS, _TIMES, _OFFSETS)))


class Undecided(Exception):  # noqa: N818  it reads as what it says
    """Neither an instance nor a proof that there is none."""


def accepts(schema: Schema, instance: Any) -> bool:
    """What the jsonschema library says, formats included."""
    return jsonschema.Draft202012Validator(schema, format_checker=CHECKER).is_valid(instance)


def nulls(_accepting: Sequence[Schema], way: Way) -> Iterator[Any]:
    """Null."""
    return _not_listed([None], way)


def booleans(_accepting: Sequence[Schema], way: Way) -> Iterator[Any]:
    """True and false."""
    return _not_listed([True, False], way)


def integers(accepting: Sequence[Schema], way: Way) -> Iterator[Any]:
    """Whole numbers, from the bound that there is."""
    low, high = bounds(accepting, way, "minimum", "maximum")
    if low is None and high is not None:
        return _not_listed(count(high, -1), way)
    return _not_listed(count(low or 0) if high is None else range(low or 0, high + 1), way)


def fractions(accepting: Sequence[Schema], way: Way) -> Iterator[Any]:
    """Halves: bounds are whole numbers, so between two of them one fraction is as good as another."""
    low, high = bounds(accepting, way, "minimum", "maximum")
    low = (0 if high is None else high - 1) if low is None else low
    return _not_listed((number + 0.5 for number in (count(low) if high is None else range(low, high))), way)


def strings(accepting: Sequence[Schema], way: Way) -> Iterator[Any]:
    """Texts; where a format is in question known ones, and so without a proof."""
    least, most = bounds(accepting, way, "minLength", "maxLength")
    wanted, unwanted = said(accepting, "format"), said(way, "format")
    if most is not None and most < (least or 0):
        return iter(())
    match, mismatch = said(accepting, "pattern"), said(way, "pattern")
    found = _of_patterns(match, mismatch, least or 0, most)
    if wanted or unwanted:
        known = (
            text
            for text in _WRITTEN
            if all(re.search(each, text) for each in match)
            and not any(re.search(each, text) for each in mismatch)
            and (least or 0) <= len(text) <= (len(text) if most is None else most)
        )
        found = _of_formats(list(islice(found, _TRIED_AT_MOST)), known, wanted, unwanted)
    return _not_listed(found, way)


def said(schemas: Iterable[Schema], keyword: str) -> list[Any]:
    """What they say of a keyword."""
    return [schema[keyword] for schema in schemas if keyword in schema]


def bounds(accepting: Sequence[Schema], way: Way, least: str, most: str) -> tuple[int | None, int | None]:
    """The bounds that are left between keywords that hold and keywords that are violated."""
    lows = said(accepting, least) + [bound + 1 for bound in said(way, most)]
    highs = said(accepting, most) + [bound - 1 for bound in said(way, least)]
    return max(lows, default=None), min(highs, default=None)


def _not_listed(found: Iterable[Any], way: Way) -> Iterator[Any]:
    lists = [part for part in way if "enum" in part]
    return (value for value in found if not any(accepts(part, value) for part in lists))


def _of_patterns(match: list[str], mismatch: list[str], least: int, most: int | None) -> Iterator[str]:
    try:
        yield from texts(match, mismatch, least, most)
    except TooMany:
        raise Undecided("too many texts to look through") from None


def _of_formats(allowed: list[str], known: Iterable[str], wanted: list[str], unwanted: list[str]) -> Iterator[str]:
    if not allowed:
        return
    for text in (*known, *allowed):
        conforms = all(CHECKER.conforms(text, name) for name in wanted)
        if conforms and not any(CHECKER.conforms(text, name) for name in unwanted):
            yield text
    raise Undecided("which texts are of a format, no pattern says")
