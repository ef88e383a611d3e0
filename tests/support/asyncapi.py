"""The contract as AsyncAPI, in one piece and checkable, and the official schema that it has to obey."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from ops.bundling import SOURCE, in_one_piece

OFFICIAL = Path(__file__).parents[2] / "vendor" / "asyncapi" / "asyncapi-3.0.0.schema.json"


@cache
def official() -> Draft7Validator:
    return Draft7Validator(json.loads(OFFICIAL.read_text(encoding="utf-8")))


@cache
def source() -> Any:
    """As it was written, its references unresolved."""
    return yaml.safe_load(SOURCE.read_text(encoding="utf-8"))


@cache
def contract() -> Any:
    """With everything that it refers to in other files taken in."""
    return in_one_piece(source())


@cache
def checker(pointer: str) -> Draft7Validator:
    """Checks against the schema at this place of the contract; draft 7 is what AsyncAPI's schemas are."""
    return Draft7Validator(
        {"$ref": f"urn:footing:contract#{pointer}"}, registry=_registry(), format_checker=Draft7Validator.FORMAT_CHECKER
    )


@cache
def _registry() -> Registry[Any]:
    return Registry().with_resource("urn:footing:contract", Resource(contract(), DRAFT7)).crawl()


def references(node: Any) -> Iterator[str]:
    """Every `$ref` below."""
    for each in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from references(each)
    if isinstance(node, dict) and isinstance(node.get("$ref"), str):
        yield node["$ref"]
