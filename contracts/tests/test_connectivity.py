"""The connectivity event is a CloudEvent that no reader can take for a receipt."""

import json
from datetime import UTC, datetime

import jsonschema
import pytest
from pydantic import ValidationError

from contracts import connectivity
from contracts.receipt import Receipt, is_receipt
from contracts.schemas import FOLDER

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
NEXT = datetime(2026, 3, 2, 9, 45, tzinfo=UTC)
RECEIPT_HEADERS = (("content-type", b"application/json"),)


def test_it_says_when_the_next_one_is_due() -> None:
    said = connectivity.record("acme", AT, NEXT)
    headers = dict(said.headers)
    assert said.topic == "receipts.acme"
    assert said.key == headers["ce_id"]
    assert (headers["ce_type"], headers["ce_time"]) == (b"footing.connectivity.v1", b"2026-03-02T09:30:00Z")
    value = json.loads(said.value or b"")
    assert value == {"partner": "acme", "at": "2026-03-02T09:30:00Z", "next_at": "2026-03-02T09:45:00Z"}
    schema = json.loads((FOLDER / "connectivity.v1.json").read_text(encoding="utf-8"))
    jsonschema.validate(value, schema)


def test_it_is_told_from_a_receipt_by_its_headers_and_by_its_value() -> None:
    said = connectivity.record("acme", AT, NEXT)
    assert is_receipt(RECEIPT_HEADERS)
    assert not is_receipt(said.headers)
    with pytest.raises(ValidationError):
        Receipt.model_validate_json(said.value or b"")
