"""Changes made to a copy of a contract, in memory: the models of one day, changed as somebody might change them."""

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import jsonschema

from contracts.compatibility.contract import Contract
from contracts.compatibility.findings import Finding
from contracts.compatibility.tolerant import tolerant

Change = Callable[[Contract], Contract]
Edit = Callable[[dict[str, Any]], object]
SESSION = "session-held.v1"


def to(name: str, edit: Edit) -> Change:
    """The schema of an event is edited, and with it that of its readers."""

    def changed(contract: Contract) -> Contract:
        schema = copy.deepcopy(dict(contract.schemas[name]))
        edit(schema)
        return with_schema(contract, name, schema)

    return changed


def with_schema(contract: Contract, name: str, schema: dict[str, Any]) -> Contract:
    """The contract with another schema for an event."""
    is_open = "additionalProperties" not in contract.schemas[name] if name in contract.schemas else False
    read = schema if is_open else tolerant(name, schema)
    return replace(contract, schemas={**contract.schemas, name: schema}, readers={**contract.readers, name: read})


def to_field(field: str, edit: Edit, name: str = SESSION) -> Change:
    """One field of an event is edited."""
    return to(name, lambda schema: edit(schema["properties"][field]))


def to_codes(title: str, edit: Callable[[list[list[Any]]], object]) -> Change:
    """A code list is edited: the list itself, and wherever it stands in a schema."""

    def changed(contract: Contract) -> Contract:
        before = contract.codes[title]
        after = copy.deepcopy(dict(before))
        edit(after["meanings"])
        old, new = ([code for code, _ in listed["meanings"]] for listed in (before, after))
        result = replace(contract, codes={**contract.codes, title: after})
        for name, schema in contract.schemas.items():
            if json.dumps(schema) != (text := json.dumps(_with_codes(schema, old, new))):
                result = with_schema(result, name, json.loads(text))
        return result

    return changed


def _with_codes(node: Any, old: list[Any], new: list[Any]) -> Any:
    if isinstance(node, dict):
        return {
            key: new if key == "enum" and said == old else _with_codes(said, old, new) for key, said in node.items()
        }
    return [_with_codes(each, old, new) for each in node] if isinstance(node, list) else node


def both(*changes: Change) -> Change:
    """One change after the other."""

    def changed(contract: Contract) -> Contract:
        for change in changes:
            contract = change(contract)
        return contract

    return changed


def confirmed(finding: Finding, base: Contract, now: Contract) -> bool:
    """Whether jsonschema, asked anew, takes the instance by the one contract and refuses it by the other."""
    by = {base.version: base, now.version: now}
    accepting, refusing = by[finding.accepted_by or ""], by[finding.refused_by or ""]
    if finding.side == "gate":
        taking, turning = accepting.schemas[finding.subject], refusing.schemas[finding.subject]
    else:
        taking = accepting.schemas[accepting.as_written(finding.subject)]
        turning = refusing.readers[refusing.as_written(finding.subject)]
    return _valid(taking, finding) and not _valid(turning, finding)


def _valid(schema: Any, finding: Finding) -> bool:
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    return jsonschema.Draft202012Validator(schema, format_checker=checker).is_valid(finding.instance)


def places(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of a schema that hold properties, by name: itself and its definitions."""
    yield "#", schema
    yield from schema.get("$defs", {}).items()
