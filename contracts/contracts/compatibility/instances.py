"""The search for counter-examples: instances that some schemas accept and others refuse.

Schemas are bare ones of the profile. The search goes through every way to violate those that shall refuse, so that an
end without an instance is a proof that there is none; where it cannot be sure it raises `Undecided`.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count, islice
from typing import Any, Final

from contracts.compatibility import scalars
from contracts.compatibility.negation import Way, rules_out, together
from contracts.compatibility.profile import Schema
from contracts.compatibility.scalars import Undecided, accepts, said

_STRANGE_NAME: Final = "not_in_the_contract"


def instances(accepting: Sequence[Schema], refusing: Sequence[Schema] = ()) -> Iterator[Any]:
    """Instances that all of `accepting` accept and all of `refusing` refuse."""
    return first_sure(along(accepting, way) for way in together(list(refusing)))


def along(accepting: Sequence[Schema], way: Way) -> Iterator[Any]:
    """Instances that all of `accepting` accept and that are refused in one way: one choice after the other is made."""
    if any(rules_out(schema, way) for schema in accepting):
        return iter(())
    for number, part in enumerate(way):
        if "not" in part:
            return along([*accepting, part["not"]], _without(way, number))
    for number, schema in enumerate(accepting):
        for keyword in ("not", "anyOf", "oneOf"):
            if keyword in schema:
                rest = {name: value for name, value in schema.items() if name != keyword}
                return _CHOICES[keyword]([*_without(accepting, number), rest], schema[keyword], way)
    return _of_each_kind(accepting, way)


def first_sure(branches: Iterable[Iterator[Any]]) -> Iterator[Any]:
    """What the branches give; that one is undecided is said once no other gives any more."""
    doubt: Undecided | None = None
    for branch in branches:
        try:
            yield from branch
        except Undecided as undecided:
            doubt = undecided
    if doubt is not None:
        raise doubt


def _without(entries: Sequence[Any], number: int) -> list[Any]:
    return [*entries[:number], *entries[number + 1 :]]


def _not_that(accepting: list[Schema], refused: Schema, way: Way) -> Iterator[Any]:
    return first_sure(along(accepting, [*way, *more]) for more in together([refused]))


def _any_of(accepting: list[Schema], options: list[Schema], way: Way) -> Iterator[Any]:
    return first_sure(along([*accepting, option], way) for option in options)


def _one_of(accepting: list[Schema], options: list[Schema], way: Way) -> Iterator[Any]:
    return first_sure(
        along([*accepting, option], [*way, *more])
        for number, option in enumerate(options)
        for more in together(_without(options, number))
    )


_CHOICES: Final[dict[str, Callable[..., Iterator[Any]]]] = {"not": _not_that, "anyOf": _any_of, "oneOf": _one_of}


def _of_each_kind(accepting: Sequence[Schema], way: Way) -> Iterator[Any]:
    """Only single keywords are left: what is listed is tried, else each kind of JSON is built."""
    listed = next(iter(said(accepting, "enum")), None)
    if listed is not None:
        return (
            value
            for value in listed
            if all(accepts(schema, value) for schema in accepting) and not any(accepts(part, value) for part in way)
        )
    return first_sure(found(accepting, way) for kind, found in _KINDS.items() if _possible(kind, accepting, way))


def _possible(kind: str, accepting: Sequence[Schema], way: Way) -> bool:
    """Whether an instance may be of the kind; a keyword says nothing of other kinds, so it refuses none of them."""
    return all(_is_of(kind, named) for named in said(accepting, "type")) and not any(
        _is_of(kind, part["type"]) if "type" in part else not _about(part, kind) for part in way
    )


def _is_of(kind: str, named: str) -> bool:
    return kind == named or (kind in _NUMBERS and named == "number")


def _about(part: Schema, kind: str) -> bool:
    return "enum" in part or any(keyword in part for keyword in _KEYWORDS_OF.get(kind, ()))


def _arrays(accepting: Sequence[Schema], way: Way) -> Iterator[Any]:
    least, most = scalars.bounds(accepting, way, "minItems", "maxItems")
    alike, different = any(said(way, "uniqueItems")), any(said(accepting, "uniqueItems"))
    wrong = said(way, "items")
    if len(wrong) > 1:
        raise Undecided("several entries wrong in several ways")
    fewest = max(least or 0, len(wrong), 2 if alike else 0)
    if (alike and different) or (most is not None and fewest > most):
        return
    right = said(accepting, "items")
    for first in instances(right, wrong) if wrong or alike else [None]:
        begun = [first] * (2 if alike else 1) if wrong or alike else []
        for length in count(fewest) if most is None else range(fewest, most + 1):
            filled = [*begun, *_more(right, begun, length - len(begun), different=different)]
            if len(filled) < length:
                break
            yield filled


def _more(right: list[Schema], begun: list[Any], wanted: int, *, different: bool) -> list[Any]:
    """Further entries, as far as there are that many."""
    if not different:
        first = list(islice(instances(right), 1 if wanted > 0 else 0))
        return first * wanted
    return list(islice(_new(instances(right), begun), max(wanted, 0)))


def _new(found: Iterable[Any], begun: list[Any]) -> Iterator[Any]:
    """Each entry once, told apart as JSON does: to Python true is 1."""
    seen = {json.dumps(entry, sort_keys=True) for entry in begun}
    for entry in found:
        if (text := json.dumps(entry, sort_keys=True)) not in seen:
            seen.add(text)
            yield entry


def _objects(accepting: Sequence[Schema], way: Way) -> Iterator[Any]:
    """Each name on its own: the profile has no keyword that ties the values of two."""
    absent = {name for names in said(way, "required") for name in names}
    wrong: dict[str, Way] = {}
    closed = []
    for part in way:
        if "additionalProperties" in part:
            closed.append(part["properties"])
        else:
            for name, inner in part.get("properties", {}).items():
                wrong.setdefault(name, []).append(inner)
    if not closed:
        return _with_names(accepting, absent, wrong)
    named = {name for schema in accepting for name in schema.get("properties", {})}
    strangers = [name for name in [*sorted(named), _STRANGE_NAME] if all(name not in known for known in closed)]
    return first_sure(_with_names(accepting, absent, {name: [], **wrong}) for name in strangers)


def _with_names(accepting: Sequence[Schema], absent: set[str], wrong: dict[str, Way]) -> Iterator[Any]:
    required = {name for names in said(accepting, "required") for name in names} | wrong.keys()
    names = dict.fromkeys([*(name for schema in accepting for name in schema.get("properties", {})), *sorted(required)])
    right: dict[str, list[Schema]] = {}
    for name in names:
        schemas = [_of_name(schema, name) for schema in accepting]
        if name not in absent and None not in schemas:
            right[name] = [schema for schema in schemas if schema]
    needed = [(right.get(name), wrong.get(name, [])) for name in sorted(required)]
    if not _all_possible(needed):
        return iter(())
    return _filled([(name, right[name], wrong.get(name, []), name in required) for name in right])


def _of_name(schema: Schema, name: str) -> Schema | None:
    """What a schema says of the value of a name; None if it allows none."""
    closed = schema.get("additionalProperties") is False
    found: Schema | None = schema.get("properties", {}).get(name, None if closed else {})
    return found


def _all_possible(values: list[tuple[list[Schema] | None, Way]]) -> bool:
    """Whether each has an instance; one that has none decides before one that is undecided."""
    doubt: Undecided | None = None
    for right, wrong in values:
        try:
            if right is None or next(along(right, wrong), _NONE) is _NONE:
                return False
        except Undecided as undecided:
            doubt = undecided
    if doubt is not None:
        raise doubt
    return True


def _filled(names: list[tuple[str, list[Schema], Way, bool]]) -> Iterator[dict[str, Any]]:
    """Objects with values for the names, first without those that need not be."""
    if not names:
        yield {}
        return
    (name, right, wrong, required), *others = names
    if not required:
        yield from _filled(others)
    for value in along(right, wrong):
        for rest in _filled(others):
            yield {name: value, **rest}


_NONE: Final = object()
_NUMBERS: Final = ("integer", "fraction")
# In the order in which they are tried where nothing says of which kind a value is.
_KINDS: Final[dict[str, Callable[[Sequence[Schema], Way], Iterator[Any]]]] = {
    "string": scalars.strings,
    "integer": scalars.integers,
    "fraction": scalars.fractions,
    "boolean": scalars.booleans,
    "null": scalars.nulls,
    "array": _arrays,
    "object": _objects,
}
_KEYWORDS_OF: Final = {
    "string": ("pattern", "format", "minLength", "maxLength"),
    "integer": ("minimum", "maximum"),
    "fraction": ("minimum", "maximum"),
    "array": ("items", "minItems", "maxItems", "uniqueItems"),
    "object": ("required", "properties", "additionalProperties"),
}
