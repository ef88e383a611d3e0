"""Speaks to nobody: one JSON line a record, for whoever wants to read or replay what would be said."""

import base64
import json
from collections.abc import Iterable
from typing import TextIO

from ops.simulator.wire import Said


def write(records: Iterable[Said], lines: TextIO) -> int:
    """Write the records; bytes that are not UTF-8 stand as {"base64": ...}. Returns how many there were."""
    count = 0
    for record in records:
        lines.write(line(record) + "\n")
        count += 1
    return count


def line(record: Said) -> str:
    """One record as JSON: topic, key, headers in order, value, and the fate that is meant for it."""
    return json.dumps(
        {
            "topic": record.inbox,
            "key": _text(record.key),
            "headers": [[name, _text(value)] for name, value in record.headers],
            "value": _text(record.value),
            "fate": record.fate,
        }
    )


def _text(value: bytes | None) -> str | dict[str, str] | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(value or b"").decode()}
