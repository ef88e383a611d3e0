"""What it takes to violate a schema: every way in which an instance can, down to the single keyword.

A way is a list of schemas of one keyword each. An instance that none of them accepts is refused by the schema, and each
instance that the schema refuses is found by one of its ways.
"""

from collections.abc import Iterator
from itertools import combinations, product
from typing import Any, Final, TypeAlias

from contracts.compatibility.profile import Schema

Way: TypeAlias = list[dict[str, Any]]


def ways(schema: Schema) -> Iterator[Way]:
    """The ways to violate a bare schema; none if it accepts everything."""
    for keyword, said in schema.items():
        yield from _OF.get(keyword, _single)(keyword, said, schema)


def together(schemas: list[Schema]) -> Iterator[Way]:
    """The ways to violate all of them at once."""
    for each in product(*map(list, map(ways, schemas))):
        yield [part for way in each for part in way]


def rules_out(schema: Schema, way: Way) -> bool:
    """Whether a schema says word by word what a way violates: most ways end here, without a search."""
    if any(_says(schema, part) for part in way):
        return True
    options = schema.get("anyOf") or schema.get("oneOf") or []
    if options and all(rules_out(option, way) for option in options):
        return True
    within: dict[str, Way] = {}
    for part in way:
        if "additionalProperties" not in part:
            for name, inner in part.get("properties", {}).items():
                within.setdefault(name, []).append(inner)
    properties = schema.get("properties", {})
    return any(rules_out(properties.get(name, {}), inner) for name, inner in within.items())


def _says(schema: Schema, part: Schema) -> bool:
    if "additionalProperties" in part:
        return schema.get("additionalProperties") is False and set(schema.get("properties", {})) <= set(
            part["properties"]
        )
    if "required" in part:
        return set(part["required"]) <= set(schema.get("required", ()))
    if "items" in part:
        inner = part["items"]
        return "items" in schema and rules_out(schema["items"], inner.get("anyOf") or [inner])
    return "properties" not in part and all(keyword in schema and schema[keyword] == part[keyword] for keyword in part)


def _single(keyword: str, said: Any, _schema: Schema) -> Iterator[Way]:
    yield [{keyword: said}]


def _required(_keyword: str, names: Any, _schema: Schema) -> Iterator[Way]:
    yield from ([{"required": [name]}] for name in names)


def _properties(_keyword: str, properties: Any, _schema: Schema) -> Iterator[Way]:
    for name, inner in properties.items():
        yield from ([{"properties": {name: part}} for part in way] for way in ways(inner))


def _closed(_keyword: str, _said: Any, schema: Schema) -> Iterator[Way]:
    """A name that is not among the properties."""
    yield [{"properties": {name: {} for name in schema.get("properties", {})}, "additionalProperties": False}]


def _items(_keyword: str, inner: Any, _schema: Schema) -> Iterator[Way]:
    """One entry that violates all parts of a way: two entries that violate one each would not do."""
    yield from ([{"items": way[0] if len(way) == 1 else {"anyOf": way}}] for way in ways(inner))


def _any_of(_keyword: str, options: Any, _schema: Schema) -> Iterator[Way]:
    yield from together(options)


def _one_of(_keyword: str, options: Any, _schema: Schema) -> Iterator[Way]:
    """None of them, or two."""
    yield from together(options)
    yield from ([{"not": one}, {"not": other}] for one, other in combinations(options, 2))


_OF: Final = {
    "required": _required,
    "properties": _properties,
    "additionalProperties": _closed,
    "items": _items,
    "anyOf": _any_of,
    "oneOf": _one_of,
}
