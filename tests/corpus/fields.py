"""Every field of every event dropped, null, of a wrong type, too long, too short, of an unknown code: from the schemas.

What must be said of each follows from the schema by the rules below, not from the models.
"""

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from contracts.schemas import FOLDER
from corpus.case import Case, Spoil, raw
from corpus.good import SAMPLES, data_of, event_of, good, new_id

Path = tuple[str | int, ...]

_WRONG_DAYS: Final = (
    5, 1700000000, True, "", "2025-02-29", "2025-3-4", "20250304", "04/03/2025", "2025-03-04T00:00:00Z", "2025-03-04\n",
)  # fmt: skip
_WRONG_TIMES: Final = (
    5, 1700000000, "1700000000", True, "", "2025-03-04", "2025-03-04T10:00:00", "2016-12-31T23:59:60Z",
    "9999-12-31T23:59:59-01:00",
)  # fmt: skip
_WRONG_TEXTS: Final = (5, True, [], {}, "", "?", " ", "x\n", "é", "x" * 3_000)
_WRONG_CODES: Final = ("nobody-knows-this-code", "", "not_known_here", "x" * 3_000)


@dataclass(frozen=True)
class Broken:
    """One thing changed in a payload: at `path` it says `said`. `reason` None: nothing is wrong with it."""

    name: str
    path: Path
    said: Any
    reason: str | None
    at: Path

    @property
    def field(self) -> str:
        """The path that is named, as a partner reads it."""
        return ".".join(["data", *map(str, self.at)])

    def of(self, data: Any) -> Any:
        """The payload so changed."""
        return _changed(data, self.path, self.said)


@cache
def schema(event: str) -> Any:
    """The committed schema of an event."""
    return json.loads((FOLDER / f"{event}.v1.json").read_text(encoding="utf-8"))


def generated() -> Iterator[Case]:
    """The case of every change in every field of every event."""
    for sample in SAMPLES:
        taken = "waiting" if sample == "entry-withdrawn" else "accepted"  # nobody knows what it voids
        for broken in broken_ways(event_of(sample), data_of(good(sample, new_id()))):
            named = broken.field if broken.reason else None
            yield Case(f"{sample}: {broken.name}", _changing(broken), broken.reason or taken, named, of=sample)


def _changing(broken: Broken) -> Spoil:
    return raw(lambda value: json.dumps(broken.of(json.loads(value))).encode())


def broken_ways(event: str, data: Any) -> Iterator[Broken]:
    """Every way to change one thing in a good payload, and what must be said of it."""
    whole = schema(event)
    for name, path, said, reason in _changes(whole, whole, data, ()):
        shown = ".".join(["data", *map(str, path)])
        yield _as_models_say(event, data, Broken(f"{shown} {name}", path, said, reason, path))


def _as_models_say(event: str, data: Any, broken: Broken) -> Broken:
    """What no schema says: an outcome without its kind, a withdrawal without its referral, a referral of nobody."""
    if broken.said not in (GONE, None) or broken.reason is not None:
        return broken
    match event, *broken.path:
        case "outcome-recorded", ("programme" | "work_status" | "closure") as kind if data[kind] is not None:
            return replace(broken, reason="kinds_not_one", at=("outcome_id",))
        case "entry-withdrawn", "referral_id":
            return replace(broken, reason="field_missing")
        case "referral-made", "person_token":
            return replace(broken, reason="person_missing")
    return broken


GONE: Final = object()
Change = tuple[str, Path, Any, str | None]


def _changes(node: Any, whole: Any, said: Any, path: Path) -> Iterator[Change]:
    """What can be changed in this node of the schema, of which the payload says `said`."""
    if "anyOf" in node:
        yield from _changes(next(way for way in node["anyOf"] if way.get("type") != "null"), whole, said, path)
    elif "$ref" in node:
        yield from _changes(whole["$defs"][node["$ref"].rsplit("/", 1)[1]], whole, said, path)
    elif node.get("type") == "object":
        yield from _of_object(node, whole, said, path)
    elif node.get("type") == "array":
        yield from _of_list(node, whole, said, path)
    else:
        yield from _of_value(node, said, path)


def _of_object(node: Any, whole: Any, said: Any, path: Path) -> Iterator[Change]:
    if path:
        yield from _as(path, "field_invalid", 5, "text", True, [])
    if said is None:
        return
    yield "an extra field", (*path, "extra_field"), 5, "field_unknown"
    for name, inner in node["properties"].items():
        if name == "supersedes" and name not in said:  # in a good record it would wait for what it corrects
            yield "null", (*path, name), None, None
            yield from _changes(inner, whole, None, (*path, name))
        if name not in said:
            continue
        is_required = name in node.get("required", ())
        is_nullable = any(way.get("type") == "null" for way in inner.get("anyOf", ()))
        yield "dropped", (*path, name), GONE, "field_missing" if is_required else None
        yield "null", (*path, name), None, None if is_nullable else "field_missing"
        yield from _changes(inner, whole, said[name], (*path, name))


def _of_list(node: Any, whole: Any, said: Any, path: Path) -> Iterator[Change]:
    yield from _as(path, "field_invalid", 5, "text", True, {})
    if not said:
        return
    yield "too long", path, [said[0]] * (node["maxItems"] + 1), "too_long"
    if node.get("minItems"):
        yield "empty", path, [], "field_invalid"
    if node.get("uniqueItems"):
        yield "with an entry twice", path, [said[0], said[0]], "field_invalid"
    yield "null", (*path, 0), None, "field_missing"
    yield from _changes(node["items"], whole, said[0], (*path, 0))


def _of_value(node: Any, said: Any, path: Path) -> Iterator[Change]:
    kind, form, codes = node.get("type"), node.get("format"), node.get("enum")
    if "const" in node:  # voluntary
        yield from _as(path, "field_invalid", "true", 1, [], {})
        yield from _as(path, "not_voluntary", False)
    elif kind == "boolean":
        yield from _as(path, "field_invalid", "true", 1, 0, [], {})
    elif kind == "integer":
        yield from _as(path, "field_invalid", "5", 5.0, 5.5, True, [], {})
        beyond = (-1, 999, 2**64) if codes else (node["minimum"] - 1, node["maximum"] + 1, 2**64, -(2**64))
        yield from _as(path, "code_unknown" if codes else "field_invalid", *beyond)
    elif codes:
        yield from _as(path, "field_invalid", 5, True, [], {})
        yield from _as(path, "code_unknown", *_WRONG_CODES)
    elif form in ("date", "date-time"):
        yield from _as(path, "field_invalid", *(_WRONG_DAYS if form == "date" else _WRONG_TIMES))
    else:
        longest = node.get("maxLength")
        for wrong in _WRONG_TEXTS:
            is_long = longest is not None and isinstance(wrong, str) and len(wrong) > longest
            yield from _as(path, "too_long" if is_long else "field_invalid", wrong)


def _as(path: Path, reason: str, *wrongs: Any) -> Iterator[Change]:
    """Each of these instead of what it said."""
    for wrong in wrongs:
        shown = json.dumps(wrong)
        yield f"as {shown}" if len(shown) < 40 else f"of {len(wrong):,} characters", path, wrong, reason


def _changed(data: Any, path: Path, said: Any) -> Any:
    """A copy that says this at that path."""
    if not path:
        return said
    kept = copy.copy(data)
    if said is GONE and len(path) == 1:
        del kept[path[0]]
    else:
        before = kept[path[0]] if len(path) > 1 else None
        kept[path[0]] = _changed(before, path[1:], said)
    return kept
