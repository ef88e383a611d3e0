"""The examples of the contract as pages show them, and as commands to copy."""

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from contracts.record_files import from_example

VERDICTS: Final = ("accepted", "tolerated", "rejected")


@dataclass(frozen=True, slots=True)
class Example:
    """One file of `examples/`: a record, what it shows, and what a gate answers. `path` is relative to the folder."""

    path: str
    note: str
    document: dict[str, Any]
    text: str

    @property
    def name(self) -> str:
        """`least`, as in `session-held/v1/accepted/least.json`."""
        return Path(self.path).stem

    @property
    def expect(self) -> dict[str, str]:
        """The gate's answer: `fate`, and where it refuses `reason` and `field`."""
        expect: dict[str, str] = self.document.get("expect", {})
        return expect

    @property
    def value(self) -> str:
        """The value, laid out for reading."""
        return json.dumps(self.document["value"], indent=2, ensure_ascii=False)

    @property
    def is_binary(self) -> bool:
        """Whether the envelope stands in headers."""
        return "ce_type" in self.document["headers"]


def read(folder: Path, event: str) -> list[Example]:
    """The examples below `folder/<event>/v1`, in the order of their names; what shows the least comes first."""
    return sorted(_read(folder, event), key=lambda example: (example.name != "least", example.path))


def _read(folder: Path, event: str) -> Iterator[Example]:
    for file in folder.glob(f"{event}/v1/**/*.json"):
        text = file.read_text(encoding="utf-8")
        document: dict[str, Any] = json.loads(text)
        yield Example(file.relative_to(folder).as_posix(), document["note"], document, text)


def for_kcat(example: Example) -> str:
    """The command that writes the example to its inbox with kcat, a line for each thing that it says."""
    document = example.document
    headers = [f"-H {shlex.quote(f'{name}={value}')}" for name, value in document["headers"].items()]
    start = f'kcat -P -b "$KAFKA_URL" -t {document["topic"]} -k {document["key"]}'
    return _with_body([start, *headers], (from_example(document).value or b"").decode())


def for_curl(example: Example) -> str:
    """The command that gives the example to the door with curl."""
    said = [(name.replace("ce_", "ce-"), value) for name, value in example.document["headers"].items()]
    headers = [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in said]
    start = 'curl -i "$DOOR_URL/events" -H "authorization: Bearer $TOKEN"'
    return _with_body([start, *headers, "--data-binary @-"], example.value)


def _with_body(parts: list[str], body: str) -> str:
    return " \\\n  ".join(parts) + f" <<'EVENT'\n{body}\nEVENT\n"
