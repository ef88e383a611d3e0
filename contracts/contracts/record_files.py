"""Records as JSON: the files under `contracts/examples/`, and the lines that `kcat -J` prints.

An example is {"topic", "key", "headers", "value", "expect", "note"}. `value` is JSON (sent compact), a text (sent as it
stands, `value_times` over if that is given) or null (a tombstone); bytes that are no text stand as `value_base64`.
`key` is a text or null. `headers` gives each name a text, null, {"base64": ...}, or a list of these where a name comes
several times.
"""

import base64
import json
from collections.abc import Iterator
from typing import Any, Final

from contracts.envelope import Record
from contracts.topics import LARGEST_BATCH_BYTES

_LARGEST_BYTES: Final = LARGEST_BATCH_BYTES  # `value_times` makes a record that Kafka takes, not one that fills memory


def from_example(document: dict[str, Any]) -> Record:
    """The record that an example file stands for. KeyError, TypeError or ValueError if it is none."""
    headers = tuple((name, value) for name, said in document["headers"].items() for value in _headers(said))
    return Record(_text(document["topic"]), 0, 0, _bytes(document["key"]), _value(document), headers)


def from_kcat(line: dict[str, Any]) -> Record:
    """The record of one line of `kcat -C -J`. kcat replaces bytes that are no UTF-8, so for those trust the broker."""
    flat = line.get("headers") or []
    headers = tuple((str(name), _bytes(value)) for name, value in zip(flat[::2], flat[1::2], strict=True))
    place = (_text(line["topic"]), int(line["partition"]), int(line["offset"]))
    return Record(*place, _bytes(line["key"]), _bytes(line["payload"]), headers)


def from_json(document: dict[str, Any]) -> Record:
    """Either form; an example carries `value`, a line of kcat `payload`."""
    return from_kcat(document) if "payload" in document else from_example(document)


def _value(document: dict[str, Any]) -> bytes | None:
    if "value_base64" in document:
        return base64.b64decode(document["value_base64"], validate=True)
    said = document["value"]
    if isinstance(said, str):
        value, times = said.encode(), int(document.get("value_times", 1))
        if len(value) * times > _LARGEST_BYTES:
            raise ValueError("no record of Kafka is as large as that")
        return value * times
    if said is None:
        return None
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _headers(said: Any) -> Iterator[bytes | None]:
    if isinstance(said, list):
        for each in said:
            yield from _headers(each)
    elif isinstance(said, dict):
        yield base64.b64decode(said["base64"], validate=True)
    else:
        yield _bytes(said)


def _bytes(text: Any) -> bytes | None:
    return None if text is None else _text(text).encode()


def _text(said: Any) -> str:
    if not isinstance(said, str):
        raise ValueError("a text stands here")
    return said
