"""Every field of the contract is in one of the lists by which raw records are covered: none can be forgotten."""

from collections.abc import Iterator
from typing import Any, get_args

from contracts import sensitivity
from contracts.envelope import Payload
from contracts.topics import EVENT_TYPES

LISTS = (sensitivity.OPEN, sensitivity.PSEUDONYMS, sensitivity.PERSONAL)


def leaves(model: type[Payload], before: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        path = before + (field.alias or name)
        inner = part(field.annotation)
        yield from leaves(inner, f"{path}.") if inner else [path]


def part(annotation: Any) -> type[Payload] | None:
    if isinstance(annotation, type) and issubclass(annotation, Payload):
        return annotation
    return next((found for inner in get_args(annotation) if (found := part(inner))), None)


FIELDS = {path for kind in EVENT_TYPES.values() for model in (kind.payload, kind.canonical) for path in leaves(model)}


def test_every_field_of_the_contract_is_in_one_list_and_only_in_one() -> None:
    counted = {path: sum(path in each for each in LISTS) for path in FIELDS}
    assert {path: n for path, n in counted.items() if n != 1} == {}


def test_no_list_has_a_field_that_the_contract_has_not() -> None:
    assert sorted(set().union(*LISTS) - FIELDS) == []
