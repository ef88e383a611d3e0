"""Each code and each field has its meaning, in one place, from where the schemas have it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from contracts.attributes import ATTRIBUTES
from contracts.code_lists import CODE_LISTS, FATE
from contracts.receipt import Fate

SCHEMAS = {file.stem: json.loads(file.read_text("utf-8")) for file in Path(__file__).parents[1].glob("schemas/*.json")}


def parts(node: Any) -> Iterator[dict[str, Any]]:
    """Every schema inside a schema."""
    if isinstance(node, dict):
        yield node
        for inner in node.values():
            yield from parts(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from parts(inner)


def test_every_enumeration_of_a_schema_bears_the_title_of_its_list() -> None:
    used = set()
    for name, schema in SCHEMAS.items():
        plain = {key: said for key, said in schema.items() if key != "oneOf"}  # rules that fit enumerations together
        for part in parts(plain):
            if "enum" in part:
                assert tuple(part["enum"]) == CODE_LISTS[part["title"]].codes, (name, part.get("title"))
                used.add(part["title"])
    assert used == set(CODE_LISTS), "a list that no schema uses"


def test_every_code_has_a_meaning() -> None:
    for codes in CODE_LISTS.values():
        assert all(meaning.strip() for meaning in codes.meanings.values()), codes.title
        assert len(set(codes.meanings.values())) == len(codes.codes), f"{codes.title}: two codes mean the same"


def test_only_lists_of_numbers_and_the_fates_are_closed() -> None:
    closed = {title for title, codes in CODE_LISTS.items() if codes.closed}
    numbers = {title for title, codes in CODE_LISTS.items() if isinstance(codes.codes[0], int)}
    assert closed == numbers | {"Fate"}


def test_the_fates_are_those_that_receipts_have() -> None:
    assert FATE.codes == get_args(Fate)


def test_every_field_of_every_schema_says_what_it_means() -> None:
    for name, schema in SCHEMAS.items():
        for holder in (schema, *schema.get("$defs", {}).values()):
            assert holder["description"], name
            for field, said in holder["properties"].items():
                assert said.get("description"), f"{name}: {field}"


def test_every_attribute_says_who_says_it_and_what_it_means() -> None:
    assert {name for name, attribute in ATTRIBUTES.items() if attribute.use == "required"} == {
        "specversion", "id", "source", "type", "subject", "time",
    }  # fmt: skip
    assert {name for name, attribute in ATTRIBUTES.items() if attribute.use == "ours"} == {"acceptedtime", "sequence"}
    assert all(attribute.form and attribute.meaning for attribute in ATTRIBUTES.values())
