"""A figure of a release or of the API, as it has to read on a page: said here once more, from the JSON alone."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

Row = Mapping[str, Any]  # a row of a table of a release, or a live figure
Cells = Mapping[str, str]  # the texts of a row on a page, by the heading of their column

_NUMBER: Final = re.compile(r"\d[\d,]*(?:\.\d+)?")
_COUNTED: Final = ("person", "practice", "host")
_MONEY_AND_TIME: Final = ("pound", "day", "week")


def disagreements(cells: Cells, row: Row, unit: str) -> Iterator[str]:
    """Where the page says another number than the JSON, or a number where the JSON has none."""
    wanted = {
        "Figure": _figure(row, unit),
        "Count": [_count(row["k"])],
        "Out of": [_count(row["n"])],
        "Unknown": _unknown(row),
        "95 % interval": [_percent(row["low"]), _percent(row["high"])],
    }
    for column, numbers in wanted.items():
        shown, due = numbers_in(cells[column]), [each for each in numbers if each is not None]
        if shown != due:
            yield f"{column}: {cells[column]!r}, and not {due} of {dict(row)}"


def numbers_in(text: str) -> list[str]:
    """The numbers of a text, as they are written. `95 %` of a heading is none of them."""
    return _NUMBER.findall(text)


def _figure(row: Row, unit: str) -> Sequence[str | None]:
    if row["value"] is not None:
        within = [] if row["p90"] is None else (["9", "10", f"{row['p90']:,g}"])
        return [f"{row['value']:,.0f}"] if unit == "pound" else [f"{row['value']:,g}", *within]
    if row["rate"] is not None:
        return [_count(row["k"]) if unit in _COUNTED else _percent(row["rate"])]
    if unit in _MONEY_AND_TIME or row["n"] is not None or row.get("protection") == "suppressed":
        return []  # also of those that were counted out of a number that is not shown
    return [_count(row["k"])] if row["k"] else []


def _unknown(row: Row) -> Sequence[str | None]:
    said = [_count(row["u"])]
    if row["u"] and row["k"] is not None and row["n"] and row["low"] is not None:
        said.append(_percent(min(1.0, (row["k"] + row["u"]) / row["n"])))
    return said


def _count(number: int | None) -> str | None:
    return None if number is None else f"{number:,}"


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{share * 100:.1f}"
