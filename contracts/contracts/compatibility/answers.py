"""What the code of this working tree answers to an example: the part of the contract that no schema says."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contracts.codec import content_hash, decode_canonical, decode_inbox
from contracts.envelope import Event, Payload, Refusal
from contracts.record_files import from_example
from contracts.topics import EVENT_TYPES, inbox_parts


@dataclass(frozen=True, slots=True)
class Answer:
    """A gate's and a tolerant reader's answer, each `takes` or why not; `content`: the hash by which resends are known.

    `gate` is None on topics to which no partner writes.
    """

    gate: str | None
    reader: str
    content: str | None


def answer(example: Mapping[str, Any]) -> Answer:
    """What gate and reader say of the record of an example."""
    record = from_example(dict(example))
    parts = inbox_parts(record.topic)
    read = decode_canonical(record._replace(topic=parts[1]) if parts else record)
    taken = decode_inbox(record) if parts else read
    content = content_hash(taken).hex() if isinstance(taken, Event) else None
    return Answer(_said(taken) if parts else None, _said(read), content)


def examples(folder: Path) -> dict[str, dict[str, Any]]:
    """The examples of events by `<event>/v1/<kind>/<name>`, without what is expected of them."""
    events = {kind.event for kind in EVENT_TYPES.values()}
    found = {}
    for file in sorted(folder.glob("*/v*/*/*.json")):
        if file.parts[-4] in events:
            document = json.loads(file.read_text(encoding="utf-8"))
            name = "/".join(file.parts[-4:]).removesuffix(".json")
            found[name] = {key: said for key, said in document.items() if key not in ("expect", "note")}
    return found


def payload(example: Mapping[str, Any]) -> Any:
    """What a schema is about: the value, or `data` of a structured event."""
    value = example.get("value")
    return value.get("data", value) if isinstance(value, dict) else value


def _said(read: Event[Payload] | Refusal) -> str:
    if isinstance(read, Event):
        return "takes"
    problem = read.problem
    return f"{problem.code} at {problem.field}: expected {problem.expected}"
