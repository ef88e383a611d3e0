"""The part of JSON Schema 2020-12 that our schemas stay within.

Known libraries silently pass what they do not know, such as `unevaluatedProperties`, `if`/`then` or
`dependentRequired`: a partner who validates with one would be told that an event is right which our gate refuses. What
stands here every library checks, and the search for counter-examples decides.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from contracts.compatibility.patterns import NotPortable, parsed

Schema: TypeAlias = Mapping[str, Any]

TYPES: Final = ("null", "boolean", "integer", "number", "string", "array", "object")
FORMATS: Final = ("date", "date-time")
ANNOTATIONS: Final = frozenset({"$schema", "$id", "$defs", "title", "description", "default", "examples"})
_DEFINITIONS: Final = "#/$defs/"


def _is_number(said: Any) -> bool:
    return isinstance(said, int) and not isinstance(said, bool)


def _is_count(said: Any) -> bool:
    return _is_number(said) and said >= 0


def _is_value(said: Any) -> bool:
    return said is None or isinstance(said, str | int)


def _are_values(said: Any) -> bool:
    return isinstance(said, list) and bool(said) and all(map(_is_value, said))


def _is_portable(said: Any) -> bool:
    try:
        parsed(said)
    except NotPortable:
        return False
    return True


def _are_names(said: Any) -> bool:
    return isinstance(said, list) and all(isinstance(each, str) for each in said)


# Each keyword, whether its value is within the profile, and what is.
_SAID: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    "type": (TYPES.__contains__, "one of " + ", ".join(TYPES)),
    "format": (FORMATS.__contains__, "one of " + ", ".join(FORMATS)),
    "enum": (_are_values, "texts, whole numbers, booleans or null"),
    "const": (_is_value, "a text, whole number, boolean or null"),
    "pattern": (_is_portable, "^ first, $ last, and what ECMA-262 and Python read alike"),
    "minimum": (_is_number, "a whole number"),
    "maximum": (_is_number, "a whole number"),
    "minLength": (_is_count, "a count"),
    "maxLength": (_is_count, "a count"),
    "minItems": (_is_count, "a count"),
    "maxItems": (_is_count, "a count"),
    "uniqueItems": (lambda said: said is True, "true, or not said"),
    "required": (_are_names, "names"),
    "additionalProperties": (lambda said: said is False, "false, or not said"),
    "not": (lambda said: isinstance(said, dict) and set(said) == {"enum"}, "an enum, and nothing else"),
}
_OF_SCHEMAS: Final = {"properties": dict, "anyOf": list, "oneOf": list, "items": dict}
KEYWORDS: Final = ANNOTATIONS | _SAID.keys() | _OF_SCHEMAS.keys() | {"$ref"}


def outside(schema: Any) -> list[str]:
    """What of a schema is outside the profile: where, and what would be within."""
    return list(_outside(schema, schema, "#"))


def _outside(whole: Any, schema: Any, place: str) -> Iterator[str]:
    if not isinstance(schema, dict):
        yield f"{place}: an object"
        return
    yield from (f"{place}: {keyword} is not of the profile" for keyword in schema if keyword not in KEYWORDS)
    for keyword, (fits, expected) in _SAID.items():
        if keyword in schema and not fits(schema[keyword]):
            yield f"{place}/{keyword}: {expected}"
    if "const" in schema and "enum" in schema:
        yield f"{place}: const or enum, not both"
    if "$ref" in schema:
        yield from _outside_reference(whole, schema, place)
    for keyword in _OF_SCHEMAS.keys() & schema.keys():
        if not isinstance(schema[keyword], _OF_SCHEMAS[keyword]):
            yield f"{place}/{keyword}: a {_OF_SCHEMAS[keyword].__name__} of schemas"
    for step, inner in _parts(schema):
        yield from _outside(whole, inner, f"{place}/{step}")


def _parts(schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The schemas within a schema, and where each stands."""
    if "items" in schema:
        yield "items", schema["items"]
    for keyword in ("$defs", "properties"):
        named = schema.get(keyword)
        yield from ((f"{keyword}/{name}", inner) for name, inner in (named.items() if isinstance(named, dict) else ()))
    for keyword in ("anyOf", "oneOf"):
        listed = schema.get(keyword)
        yield from ((f"{keyword}/{n}", inner) for n, inner in enumerate(listed if isinstance(listed, list) else ()))


def _outside_reference(whole: Any, schema: Any, place: str) -> Iterator[str]:
    """A reference stands alone, since older libraries ignore what is beside it, and never leads back to itself."""
    name = str(schema["$ref"]).removeprefix(_DEFINITIONS)
    if not schema.keys() <= ANNOTATIONS | {"$ref"}:
        yield f"{place}/$ref: stands alone"
    if name not in whole.get("$defs", {}) or not str(schema["$ref"]).startswith(_DEFINITIONS):
        yield f"{place}/$ref: one of #/$defs/"
    elif _leads_back(whole, name, ()):
        yield f"{place}/$ref: leads back to itself"


def _leads_back(whole: Any, name: str, passed: tuple[str, ...]) -> bool:
    if name in passed:
        return True
    return any(_leads_back(whole, inner, (*passed, name)) for inner in _references(whole["$defs"].get(name, {})))


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"].removeprefix(_DEFINITIONS)
        for inner in node.values():
            yield from _references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _references(inner)


def bare(schema: Schema, whole: Schema | None = None) -> dict[str, Any]:
    """What of a schema within the profile decides: references in place, texts about it left out."""
    whole = schema if whole is None else whole
    if "$ref" in schema:
        return bare(whole["$defs"][schema["$ref"].removeprefix(_DEFINITIONS)], whole)
    said = {keyword: value for keyword, value in schema.items() if keyword not in ANNOTATIONS}
    if "properties" in said:
        said["properties"] = {name: bare(inner, whole) for name, inner in said["properties"].items()}
    for keyword in ("anyOf", "oneOf"):
        if keyword in said:
            said[keyword] = [bare(inner, whole) for inner in said[keyword]]
    for keyword in ("items", "not"):
        if keyword in said:
            said[keyword] = bare(said[keyword], whole)
    if "const" in said:
        said["enum"] = [said.pop("const")]
    return said
