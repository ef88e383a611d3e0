"""The questions of docs/analysts/questions.md, as they stand there: where to begin, what to click, where to read."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parents[2] / "docs" / "analysts" / "questions.md"
MOST_CLICKS: Final = 3
_HEADING: Final = re.compile(r"^## (\d+\. .+)$", re.MULTILINE)
_SAID: Final = re.compile(r"^- \*\*(?P<what>[^*]+)\*\*:? (?P<text>.+)$", re.MULTILINE)
_QUOTED: Final = re.compile(r"“([^”]+)”")
_CODE: Final = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Question:
    """One of them. `at`: the categories of the row that says the same, of a release or (`is_live`) of the API."""

    words: str
    begin: str
    clicks: tuple[str, ...]
    table: str
    row: str
    answer: str
    at: Mapping[str, str]
    data: str
    is_live: bool


def questions() -> list[Question]:
    """All of them, in their order."""
    return list(_read(PAGE.read_text(encoding="utf-8")))


def _read(text: str) -> Iterator[Question]:
    _, *parts = _HEADING.split(text)
    for words, body in zip(parts[::2], parts[1::2], strict=True):
        said = {found["what"]: found["text"] for found in _SAID.finditer(body)}
        table, row = (*_QUOTED.findall(said["Read"]), "", "")[:2]
        data = " ".join(_CODE.findall(said["The same as data"]))
        yield Question(
            words=words,
            begin=_CODE.findall(said["Begin"])[0],
            clicks=tuple(_QUOTED.findall(said["Click"])),
            table=table,
            row=row,
            answer=said["Answer"],
            at=dict(pair.split("=") for pair in data.split() if "=" in pair),
            data=data,
            is_live=said["The same as data"].endswith("in the API"),
        )
