"""Compare what was computed with what the views say, field by field."""

from collections.abc import Iterable, Mapping
from math import isclose
from typing import Any

from oracle.figures import KNOWN

KEY = ("scheme_id", "area", "measure", "definition", "synthetic")
FIELDS = (*KEY, "k", "n", "u", "rate", "low", "high", "as_of")
ABSENT = "-"
NEARLY = 1e-9


def journeys(expected: Iterable[dict[str, Any]], shown: Iterable[dict[str, Any]]) -> list[str]:
    """Each difference: referral, field, what was computed, what the view says."""
    right = {row["_id"]: _plain(row) for row in expected}
    left = {row["_id"]: _plain(row) for row in shown}
    return _differences("journey", right, left)


def figures(expected: Iterable[dict[str, Any]], shown: Iterable[dict[str, Any]]) -> list[str]:
    """Each difference of the measures known here; a cell that counts nothing need not be shown."""
    rows = [row for row in shown if row["measure"] in KNOWN]
    wholes = any(row.get("area") is None for row in rows)
    right = {_cell(row): row for row in expected if _counts(row) and (wholes or row["area"] is not None)}
    left = {_cell(row): {name: row.get(name) for name in FIELDS} for row in rows if _counts(row)}
    return _differences("figure", right, left)


def not_compared(shown: Iterable[dict[str, Any]]) -> list[str]:
    """The measures that are shown and not known here."""
    return sorted({row["measure"] for row in shown} - KNOWN)


def _cell(row: Mapping[str, Any]) -> str:
    return " ".join(str(row.get(name) if row.get(name) is not None else "*") for name in KEY)


def _counts(row: Mapping[str, Any]) -> bool:
    return bool(row.get("k") or row.get("n"))


def _differences(what: str, right: dict[str, dict[str, Any]], left: dict[str, dict[str, Any]]) -> list[str]:
    found = [f"{what} {key}: not in the view" for key in sorted(set(right) - set(left))]
    found += [f"{what} {key}: in the view, but nothing stands behind it" for key in sorted(set(left) - set(right))]
    for key in sorted(set(right) & set(left)):
        mine, theirs = _flat(right[key]), _flat(left[key])
        for name in sorted(set(mine) | set(theirs)):
            computed, says = mine.get(name, ABSENT), theirs.get(name, ABSENT)
            if not _same(computed, says):
                found.append(f"{what} {key}: {name}: computed {computed}, the view says {says}")
    return found


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) or isinstance(other, float):
        return isinstance(one, int | float) and isinstance(other, int | float) and isclose(one, other, abs_tol=NEARLY)
    return bool(one == other)


def _flat(row: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{path}{name}.")
        elif value is not None:
            flat[path + name] = value
    return flat


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "applied": sorted(row.get("applied", ()))}
