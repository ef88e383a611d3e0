"""The search for counter-examples finds what there is, and what it calls none is none."""

import copy
import re
from collections.abc import Callable
from itertools import islice, product
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.contract_changes import places

from contracts.compatibility import answers
from contracts.compatibility.contract import working_tree
from contracts.compatibility.differences import NotShown, Shown, differences
from contracts.compatibility.languages import texts
from contracts.compatibility.scalars import accepts
from contracts.compatibility.tolerant import tolerant
from contracts.texts import IN_WORDS

TODAY = working_tree()
EVENTS = [name for name in TODAY.schemas if any(name in names for names in TODAY.topics.values())]
PAYLOADS = {
    name: [
        answers.payload(example)
        for each, example in answers.examples(Path(__file__).parents[1] / "examples").items()
        if each.startswith(f"{name.partition('.')[0]}/")
    ]
    for name in EVENTS
}
bounded = settings(max_examples=40, deadline=None, derandomize=True)  # a busy machine is slow, not wrong
PATTERNS = ["^[ab]{1,3}$", "^a?b*$", "^(a|b){2}$", "^(ab|ba)+$", "^$", "^b{2,}a?$", "^[a-b][ab]$", "^a(b|(a|b)b)?$"]
SHORT = ["".join(letters) for length in range(5) for letters in product("ab", repeat=length)]


@pytest.mark.parametrize("match", PATTERNS)
@pytest.mark.parametrize("mismatch", PATTERNS)
def test_texts_are_all_that_match_the_one_pattern_and_not_the_other(match: str, mismatch: str) -> None:
    expected = {text for text in SHORT if re.fullmatch(match, text) and not re.fullmatch(mismatch, text)}
    found = set(texts([match], [mismatch], 0, 4))
    assert found == expected


@pytest.mark.parametrize("pattern", IN_WORDS)
def test_texts_of_our_patterns_match_them(pattern: str) -> None:
    found = list(islice(texts([pattern], []), 100))
    assert len(set(found)) == 100
    assert all(re.fullmatch(pattern, text) for text in found)
    assert next(texts([pattern], [pattern]), None) is None


WHOLE = {"type": "integer", "minimum": 1, "maximum": 3}
SMALL = {"type": "string", "enum": ["a", "b"]}
DECIDED: dict[str, tuple[dict[str, Any], dict[str, Any], bool]] = {
    "the same": (WHOLE, WHOLE, False),
    "numbers listed are within bounds": ({"type": "integer", "enum": [1, 3]}, WHOLE, False),
    "bounds that list all": (WHOLE, {"enum": [3, 2, 1]}, False),
    "bounds that list not all": (WHOLE, {"enum": [1, 3]}, True),
    "a longer list than there are codes": (
        {"type": "array", "items": SMALL, "uniqueItems": True, "maxItems": 9},
        {"type": "array", "items": SMALL, "uniqueItems": True, "maxItems": 2}, False,
    ),
    "a longer list that may repeat": (
        {"type": "array", "items": SMALL, "maxItems": 9}, {"type": "array", "items": SMALL, "maxItems": 2}, True,
    ),
    "to JSON true is not 1": (
        {"type": "array", "items": {"enum": [True, 1]}, "uniqueItems": True}, {"type": "array", "maxItems": 1}, True,
    ),
    "one of two is any of two where they exclude each other": (
        {"anyOf": [WHOLE, SMALL]}, {"oneOf": [SMALL, WHOLE]}, False,
    ),
    "one of two is not any of two where both may be": (
        {"anyOf": [WHOLE, {"minimum": 2}]}, {"oneOf": [WHOLE, {"minimum": 2}]}, True,
    ),
    "a field that can have no value is absent": (
        {"type": "object", "properties": {"a": {"type": "string", "minLength": 3, "maxLength": 2}}},
        {"type": "object", "properties": {"a": {"type": "integer"}}}, False,
    ),
    "two ways cover one": (
        {"type": "object", "properties": {"a": SMALL}, "required": ["a"], "additionalProperties": False},
        {"anyOf": [{"properties": {"a": {"enum": ["a"]}}}, {"properties": {"a": {"enum": ["b"]}}}]}, False,
    ),
    "two ways leave a gap": (
        {"type": "object", "properties": {"a": WHOLE}, "required": ["a"]},
        {"anyOf": [{"properties": {"a": {"maximum": 1}}}, {"properties": {"a": {"minimum": 3}}}]}, True,
    ),
    "not what is listed": ({"type": "string", "not": {"enum": ["a"]}}, {"not": {"enum": ["a", "b"]}}, True),
    "nothing but null and the rest": ({"anyOf": [{"type": "null"}, WHOLE]}, WHOLE, True),
}  # fmt: skip


@pytest.mark.parametrize("case", DECIDED)
def test_small_schemas_are_told_apart_exactly(case: str) -> None:
    accepting, refusing, differ = DECIDED[case]
    found = differences(accepting, refusing)
    assert bool(found) is differ
    assert all(isinstance(each, Shown) for each in found)


def test_what_only_a_format_could_tell_is_undecided() -> None:
    seldom = {"type": "string", "pattern": "^1583-10-15$"}
    (found,) = differences({**seldom, "format": "date-time"}, {"enum": ["never"]})
    assert isinstance(found, NotShown)
    assert "no pattern says" in found.why


def test_a_keyword_outside_the_profile_is_undecided() -> None:
    (found,) = differences({"type": "object"}, {"type": "object", "unevaluatedProperties": False})
    assert isinstance(found, NotShown)
    assert "unevaluatedProperties" in found.why


@pytest.mark.parametrize(("found", "least"), [(2, 2), ("taken by neither", 3)])
def test_what_the_library_does_not_confirm_is_never_shown(
    found: Any, least: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("contracts.compatibility.differences.along", lambda accepting, way: iter([found]))
    said = differences(WHOLE, {"type": "integer", "minimum": least})
    assert said
    assert all(isinstance(each, NotShown) and "does not tell them apart" in each.why for each in said)


# --- Random changes of the real schemas: what may be done anywhere, and what never may.

NEW_FIELDS = [
    {"type": "string", "maxLength": 8},
    {"anyOf": [{"type": "integer", "minimum": 0, "maximum": 9}, {"type": "null"}], "default": None},
    {"type": "array", "items": {"type": "string", "pattern": "^[a-z]{1,4}$"}, "maxItems": 3},
    {"type": "object", "properties": {"on": {"type": "string", "format": "date"}}, "required": ["on"]},
]
Node = dict[str, Any]


def nodes(schema: Node) -> list[Node]:
    """Every schema of a value: fields at any depth, entries of lists, what else than null a field may be."""
    found = [inner for _, place in places(schema) for inner in place.get("properties", {}).values()]
    found += [each for inner in found for each in inner.get("anyOf", []) if each != {"type": "null"}]
    return [*found, *(inner["items"] for inner in found if "items" in inner)]


def objects(schema: Node) -> list[Node]:
    return [place for _, place in places(schema) if place.get("additionalProperties") is False]


ALLOWED: dict[str, Callable[[Node, Any], list[Callable[[], object]]]] = {
    "a new optional field": lambda schema, n: [
        lambda place=place: place["properties"].update(new=NEW_FIELDS[n % 4]) for place in objects(schema)
    ],
    "a new code": lambda schema, n: [
        lambda node=node: node["enum"].append(f"new_code_{n}")
        for node in nodes(schema)
        if "enum" in node and node["type"] == "string"
    ],
    "other words": lambda schema, n: [
        lambda node=node: node.update(description=f"words {n}") for node in nodes(schema)
    ],
    "the bounds in another order": lambda schema, n: [
        lambda node=node: [node.update({key: node.pop(key)}) for key in sorted(node, reverse=True)]
        for node in nodes(schema)
    ],
}
BREAKING: dict[str, Callable[[Node, Any], list[Callable[[], object]]]] = {
    "a field taken away": lambda schema, n: [
        lambda place=place, name=name: (
            place["properties"].pop(name),
            place.update(required=[each for each in place["required"] if each != name]),
        )
        for place in objects(schema)
        for name in place["properties"]
    ],
    "a field required": lambda schema, n: [
        lambda place=place, name=name: place["required"].append(name)
        for place in objects(schema)
        for name in place["properties"]
        if name not in place["required"] and name not in ("programme", "work_status", "closure", "referral_id")
    ],
    "a new required field": lambda schema, n: [
        lambda place=place: (place["properties"].update(new=NEW_FIELDS[n % 4]), place["required"].append("new"))
        for place in objects(schema)
    ],
    "a bound narrower": lambda schema, n: [
        lambda node=node, key=key, by=by: node.update({key: node[key] + by})
        for node in nodes(schema)
        for key, by in (("minimum", 1), ("maximum", -1))
        if key in node
    ],
    "a code taken away": lambda schema, n: [
        lambda node=node: node["enum"].pop(n % len(node["enum"]))
        for node in nodes(schema)
        if len(node.get("enum", [])) > 1
    ],
    "a type changed": lambda schema, n: [
        lambda node=node: node.update(type="integer" if node["type"] == "string" else "string")
        for node in nodes(schema)
        if node.get("type") in ("string", "integer", "boolean")
    ],
    "a pattern narrower": lambda schema, n: [
        lambda node=node: node.update(pattern=node["pattern"].replace("0-9", "0-8")) for node in nodes(schema)
        if "0-9" in node.get("pattern", "")
    ],
    "a shorter list": lambda schema, n: [
        lambda node=node: node.update(maxItems=1) for node in nodes(schema) if node.get("maxItems", 0) > 1
    ],
    "null taken away": lambda schema, n: [
        lambda node=node: node["anyOf"].remove({"type": "null"})
        for _, place in places(schema)
        for name, node in place.get("properties", {}).items()
        if {"type": "null"} in node.get("anyOf", []) and name != "referral_id"
    ],
}  # fmt: skip


def changed(data: st.DataObject, changes: dict[str, Any]) -> tuple[str, Node, Node]:
    """A random event, its schema, and the schema after a random change at a random place."""
    name = data.draw(st.sampled_from(EVENTS))
    before = copy.deepcopy(dict(TODAY.schemas[name]))
    after = copy.deepcopy(before)
    number = data.draw(st.integers(0, 1000))
    possible = [
        edit for kind in data.draw(st.permutations(list(changes))) for edit in changes[kind](after, number)[:40]
    ]
    data.draw(st.sampled_from(possible))()
    return name, before, after


@bounded
@given(data=st.data())
def test_what_may_be_changed_is_never_called_breaking(data: st.DataObject) -> None:
    name, before, after = changed(data, ALLOWED)
    if name == "entry-withdrawn.v1":  # there a new code is of no use without a way that it fits
        after["oneOf"] = before["oneOf"]
    assert differences(before, after) == []
    assert differences(after, tolerant(name, before)) == []
    assert differences(before, tolerant(name, after)) == []


@bounded
@given(data=st.data())
def test_what_may_not_be_changed_is_found_with_an_instance_that_tells_both_apart(data: st.DataObject) -> None:
    _, before, after = changed(data, BREAKING)
    found = differences(before, after)
    assert found
    for each in found:
        assert isinstance(each, Shown)
        assert accepts(before, each.instance)
        assert not accepts(after, each.instance)


def variants(payload: Any) -> list[Any]:
    """The payload with each field in turn left out, or of another value: made without the search."""
    if not isinstance(payload, dict):
        return [payload]
    others = [
        {**payload, name: value}
        for name in [*payload, "new"]
        for value in (None, 0, 1_000, "", "abc", [], ["cv"], {}, True)
    ]
    return [payload, *others, *({key: said for key, said in payload.items() if key != name} for name in payload)]


@bounded
@given(data=st.data())
def test_where_no_difference_is_found_no_variant_of_an_example_shows_one(data: st.DataObject) -> None:
    name, before, after = changed(data, ALLOWED | BREAKING)
    known = [*PAYLOADS[name], *variants(data.draw(st.sampled_from(PAYLOADS[name])))]
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    old, new = (jsonschema.Draft202012Validator(schema, format_checker=checker) for schema in (before, after))
    for accepting, refusing in ((old, new), (new, old)):
        told_apart = [each for each in known if accepting.is_valid(each) and not refusing.is_valid(each)]
        assert not told_apart or differences(accepting.schema, refusing.schema), told_apart
