"""Schemas stay within the part of JSON Schema that every library checks, and the lint finds what is not of it."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from contracts.compatibility.contract import working_tree
from contracts.compatibility.profile import bare, outside
from contracts.compatibility.scalars import accepts

TODAY = working_tree()
ALL = {f"{kind} {name}": schema for kind in ("schemas", "readers") for name, schema in getattr(TODAY, kind).items()}
EXAMPLES = Path(__file__).parents[1] / "examples"
TEXT = {"type": "string", "pattern": "^[a-z]{1,8}$"}
STRANGE: dict[str, tuple[dict[str, Any], str]] = {
    "unevaluatedProperties": ({"unevaluatedProperties": False}, "#: unevaluatedProperties is not of the profile"),
    "if": ({"properties": {"a": {"if": TEXT}}}, "#/properties/a: if is not of the profile"),
    "dependentRequired": ({"$defs": {"A": {"dependentRequired": {}}}}, "#/$defs/A: dependentRequired is not of"),
    "prefixItems": ({"anyOf": [{"items": {"prefixItems": []}}]}, "#/anyOf/0/items: prefixItems is not of the profile"),
    "patternProperties": ({"oneOf": [{"patternProperties": {}}]}, "#/oneOf/0: patternProperties is not of the profile"),
    "a schema for what is additional": ({"additionalProperties": TEXT}, "#/additionalProperties: false, or not said"),
    "several types": ({"type": ["string", "null"]}, "#/type: one of null, boolean, "),
    "a format of which libraries differ": ({"type": "string", "format": "uuid"}, "#/format: one of date, date-time"),
    "a pattern without its ends": ({"pattern": "[a-z]"}, "#/pattern: ^ first, $ last"),
    "a pattern that is read in two ways": ({"pattern": "^\\d{2}$"}, "#/pattern: ^ first, $ last"),
    "a pattern that looks ahead": ({"pattern": "^(?!a)[a-z]$"}, "#/pattern: ^ first, $ last"),
    "a not of anything": ({"not": {"type": "null"}}, "#/not: an enum, and nothing else"),
    "a fraction as bound": ({"maximum": 0.5}, "#/maximum: a whole number"),
    "a reference elsewhere": ({"$ref": "https://example.org/a.json"}, "#/$ref: one of #/$defs/"),
    "a reference beside others": ({"$defs": {"A": TEXT}, "$ref": "#/$defs/A", "maxLength": 3}, "#/$ref: stands alone"),
    "a reference that leads back": (
        {"$defs": {"A": {"items": {"$ref": "#/$defs/A"}}}, "$ref": "#/$defs/A"}, "#/$ref: leads back to itself",
    ),
    "const beside enum": ({"const": 1, "enum": [1, 2]}, "#: const or enum, not both"),
    "an object in an enum": ({"enum": [{"a": 1}]}, "#/enum: texts, whole numbers, booleans or null"),
}  # fmt: skip


@pytest.mark.parametrize("name", ALL)
def test_every_schema_is_within_the_profile(name: str) -> None:
    assert outside(ALL[name]) == []


@pytest.mark.parametrize("name", STRANGE)
def test_what_is_outside_the_profile_is_named_with_its_place(name: str) -> None:
    schema, said = STRANGE[name]
    assert any(problem.startswith(said) for problem in outside(schema)), outside(schema)


@pytest.mark.parametrize("name", ALL)
def test_a_bare_schema_decides_as_the_whole_one(name: str) -> None:
    schema = ALL[name]
    event = name.split()[1].partition(".")[0]
    payloads = [
        json.loads(file.read_text(encoding="utf-8")).get("value") for file in EXAMPLES.glob(f"{event}/v1/*/*.json")
    ]
    for payload in [*payloads, None, {}, [], "text"]:
        checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
        assert jsonschema.Draft202012Validator(schema, format_checker=checker).is_valid(payload) is accepts(
            bare(schema), payload
        )
