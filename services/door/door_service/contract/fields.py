"""What a JSON Schema of the contract says of each field, in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.code_lists import CODE_LISTS, CodeList
from contracts.texts import IN_WORDS

Schema = Mapping[str, Any]
# What stands in receipts alone, which are ours to write.
_UNBOUNDED: Final = {
    "boolean": "true or false", "integer": "a whole number", "string": "a text", "date-time": "an RFC 3339 time",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One field: its path in the payload, what may stand there, and what it means."""

    path: str
    required: str
    form: str
    codes: CodeList[str] | CodeList[int] | None
    meaning: str


def rows(schema: Schema) -> list[Row]:
    """Every field, those of inner objects after what holds them."""
    return list(_rows(schema, schema, ""))


def code_lists(fields: list[Row]) -> list[CodeList[str] | CodeList[int]]:
    """The code lists that the fields use, each once, in the order of the fields."""
    return list({row.codes.title: row.codes for row in fields if row.codes}.values())


def _rows(whole: Schema, node: Schema, within: str) -> Iterator[Row]:
    for name, said in node["properties"].items():
        plain, inner = _without_null(said), _inner(whole, said)
        codes = CODE_LISTS.get(plain.get("items", plain).get("title", ""))
        form = _form(plain) + _besides(said)
        yield Row(within + name, _required(name, node, within), form, codes, said["description"])
        if inner is not None:
            yield from _rows(whole, inner, f"{within}{name}[]." if "items" in plain else f"{within}{name}.")


def _required(name: str, node: Schema, within: str) -> str:
    if name not in node["required"]:
        return "no"
    return f"with `{within.rstrip('.[]')}`" if within else "yes"


def _without_null(said: Schema) -> Schema:
    """The schema of the value where there is one: a null reads as absent."""
    return next((way for way in said.get("anyOf", ()) if way.get("type") != "null"), said)


def _inner(whole: Schema, said: Schema) -> Schema | None:
    """The schema of the object, or of the objects of the list."""
    plain = _without_null(said)
    named = plain.get("items", plain).get("$ref")
    return whole["$defs"][named.rpartition("/")[2]] if named else None


def _form(said: Schema) -> str:
    """What may stand there: type and bounds."""
    match said:
        case {"enum": _, "type": kind}:
            form = "a number" if kind == "integer" else "a code"
        case {"const": True}:
            form = "true"
        case {"$ref": _}:
            form = "an object"
        case {"type": "array", "items": items, "maxItems": most}:
            what = "objects" if "$ref" in items else "codes"
            form = f"a list of {said.get('minItems', 0)} to {most} different {what}"
        case {"pattern": pattern}:
            form = IN_WORDS[pattern]
        case {"type": "integer", "minimum": least, "maximum": most}:
            form = f"a whole number, {least:,} to {most:,}"
        case _:
            form = _UNBOUNDED[said.get("format") or said["type"]]
    return form


def _besides(said: Schema) -> str:
    """What holds where the field is absent, or null."""
    if said.get("default") is False:
        return "; false where it is absent"
    has_null = any(way.get("type") == "null" for way in said.get("anyOf", ()))
    return " or null" if has_null and "default" not in said else ""
