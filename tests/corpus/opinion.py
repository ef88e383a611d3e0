"""A second opinion of a payload, by Python's own JSON and the committed schemas: no line of the codec.

It knows binary mode, and what envelope and payload must agree on.
"""

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import jsonschema

from contracts.envelope import Record
from corpus.fields import schema
from corpus.good import attributes_of


def takes(record: Record) -> bool:
    """Whether the payload of a record in binary mode, whose headers and key are good, may be taken."""
    attributes = attributes_of(record)
    event = attributes["type"].split(".")[1]
    data = _parsed(record.value or b"")
    if data is None or len(record.value or b"") > 262_144 or not _validator(event).is_valid(data):
        return False
    return _agrees(event, data, attributes)


def _parsed(value: bytes) -> Any:
    """The value as strict JSON without a name twice; None if it is none."""
    try:
        data = json.loads(value.decode(), object_pairs_hook=_once, parse_constant=_never, parse_float=Decimal)
        json.dumps(data, ensure_ascii=False, default=str).encode()  # no half characters
    except (ValueError, RecursionError):
        return None
    return data


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError
    return dict(pairs)


def _never(_: str) -> None:
    raise ValueError


@cache
def _validator(event: str) -> jsonschema.Draft202012Validator:
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    return jsonschema.Draft202012Validator(schema(event), format_checker=checker)


def _agrees(event: str, data: Any, attributes: dict[str, str]) -> bool:
    about = data.get("referral_id") or (f"ods:{data['practice']['code']}" if "practice" in data else None)
    if about not in (None, attributes["subject"]) or data.get("supersedes") == attributes["id"]:
        return False
    if "started_at" in data and _instant(data["started_at"]) != _instant(attributes["time"]):
        return False
    if any(_instant(data[name]) is None for name in ("started_at", "planned_at") if name in data):
        return False
    return {"fit-notes-counted": _period, "entry-withdrawn": _withdrawal}.get(event, lambda *_: True)(data, attributes)


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        return None


def _period(data: Any, _: dict[str, str]) -> bool:
    first, last = (date.fromisoformat(data["period"][name]) for name in ("from", "to"))
    return timedelta(0) <= last - first <= timedelta(days=365)


def _withdrawal(data: Any, attributes: dict[str, str]) -> bool:
    return bool(data["withdraws"]["id"] != attributes["id"])
