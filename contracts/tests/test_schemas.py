"""The committed schemas are what the models say."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from contracts import exemplars
from contracts.codec import encode
from contracts.receipt import Position, Receipt
from contracts.schemas import FOLDER, written

SCHEMAS = sorted(FOLDER.glob("*.json"))
every_schema = pytest.mark.parametrize("file", SCHEMAS, ids=[file.stem for file in SCHEMAS])


def test_the_committed_schemas_are_the_generated_ones() -> None:
    committed = {file.name: file.read_text(encoding="utf-8") for file in SCHEMAS}
    assert committed == written(), "run: make schemas"


@every_schema
def test_a_schema_is_one(file: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(file.read_text(encoding="utf-8")))


@every_schema
def test_every_text_of_an_event_is_bounded(file: Path) -> None:
    if file.stem == "receipt.v1":
        return  # ours to write: it holds ids, names and codes of the contract only

    def unbounded(schema: Any) -> bool:
        if isinstance(schema, list):
            return any(map(unbounded, schema))
        if not isinstance(schema, dict):
            return False
        text = schema.get("type") == "string" and not schema.keys() & {"pattern", "enum"}
        items = schema.get("type") == "array" and "maxItems" not in schema
        return text or items or any(unbounded(inner) for name, inner in schema.items() if name != "oneOf")

    assert not unbounded(json.loads(file.read_text(encoding="utf-8")))


def test_an_accepted_referral_is_what_the_canonical_schema_says() -> None:
    schema = json.loads((FOLDER / "referral-made.canonical.v1.json").read_text(encoding="utf-8"))
    value = encode(exemplars.event(exemplars.accepted_referral())).value or b""
    jsonschema.validate(json.loads(value), schema)
    assert "person_token" not in schema["properties"]


def test_a_receipt_is_what_its_schema_says() -> None:
    receipt = Receipt(
        event_id=exemplars.EVENT,
        type="footing.session-held.v1",
        referral_id=exemplars.REFERRAL,
        fate="refused",
        reason="field_missing",
        field="data.minutes",
        expected="this field",
        at=exemplars.WHEN,
        position=Position(topic="inbox.acme.session-held", partition=1, offset=17),
    )
    schema = json.loads((FOLDER / "receipt.v1.json").read_text(encoding="utf-8"))
    checker = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
    assert checker.is_valid(json.loads(receipt.model_dump_json()))
