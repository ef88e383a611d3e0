"""The contract as one value: that of the working tree, or a released one of `contracts/released/<version>/`."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml

from contracts import schemas
from contracts.code_lists import CODE_LISTS
from contracts.compatibility import answers
from contracts.compatibility.profile import Schema
from contracts.compatibility.rule_list import RULES
from contracts.compatibility.tolerant import tolerant
from contracts.envelope import Payload
from contracts.files import folder
from contracts.reasons import REASONS
from contracts.topics import CANONICAL_TOPICS, GATES, types_on

WORKING_TREE: Final = "working tree"
CANONICAL: Final = ".canonical"
Json: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Contract:
    """Everything that outsiders and readers rely on, as far as a program can compare it.

    `schemas` is what gates ask and what is written, `readers` what tolerant readers ask, both by name, such as
    `session-held.v1`. `topics`: for each canonical topic the names that travel on it; `gates`: the topics that partners
    reach. `codes`: each list by title with its meanings, and whether it is closed. `reasons`: where each is found.
    `rules`: those that live in code, in words, with the examples that show them. `examples` with `answers`: what the
    code of that version answered. `pages`: the page of each topic.
    """

    version: str
    schemas: Mapping[str, Schema]
    readers: Mapping[str, Schema]
    topics: Mapping[str, list[str]]
    gates: list[str]
    codes: Mapping[str, Json]
    reasons: Mapping[str, str]
    rules: Mapping[str, Json]
    examples: Mapping[str, Json]
    answers: Mapping[str, Json]
    pages: Mapping[str, Json]

    def topics_of(self, name: str) -> list[str]:
        """The canonical topics on which an event travels; none for receipts and the like."""
        return [topic for topic, names in self.topics.items() if name in names]

    def as_written(self, name: str) -> str:
        """The schema of an event behind its gate, where that is another."""
        event, _, version = name.rpartition(".")
        canonical = f"{event}{CANONICAL}.{version}"
        return canonical if canonical in self.schemas else name


def working_tree() -> Contract:
    """What the models, lists, pages and examples of this working tree say."""
    models = schemas.models()
    said = {name: schemas.schema(name, model) for name, model in models.items()}
    read = {
        name: tolerant(name, said[name]) if issubclass(model, Payload) else said[name] for name, model in models.items()
    }
    found = answers.examples(folder() / "examples")
    return Contract(
        version=WORKING_TREE,
        schemas=said,
        readers=read,
        topics={topic: [_name(kind) for kind in types_on(topic)] for topic in CANONICAL_TOPICS},
        gates=[*GATES],
        codes={
            title: {"closed": each.closed, "meanings": [[code, text] for code, text in each.meanings.items()]}
            for title, each in CODE_LISTS.items()
        },
        reasons={code: reason.found for code, reason in REASONS.items()},
        rules={name: asdict(rule) | {"shown_by": list(rule.shown_by)} for name, rule in RULES.items()},
        examples=found,
        answers={name: asdict(answers.answer(example)) for name, example in found.items()},
        pages=_pages(folder() / "topics"),
    )


def _name(event_type: str) -> str:
    """`session-held.v1` of `footing.session-held.v1`."""
    return event_type.partition(".")[2]


def _pages(place: Path) -> dict[str, Json]:
    return {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in sorted(place.glob("*.yaml"))}


def released(place: Path, version: str) -> Contract:
    """The contract as released. FileNotFoundError if there is no such version."""
    root = place / version
    rest = json.loads((root / "contract.json").read_text(encoding="utf-8"))
    lines = (root / "examples.jsonl").read_text(encoding="utf-8").splitlines()
    shown = {line["name"]: line for line in map(json.loads, lines)}
    return Contract(
        version=version,
        schemas=_schemas(root / "schemas"),
        readers=_schemas(root / "readers"),
        examples={name: line["example"] for name, line in shown.items()},
        answers={name: line["answer"] for name, line in shown.items()},
        pages=_pages(root / "topics"),
        **{part: rest[part] for part in _PARTS},
    )


def _schemas(place: Path) -> dict[str, Schema]:
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in sorted(place.glob("*.json"))}


# What stands in `contract.json`.
_PARTS: Final = ("topics", "gates", "codes", "reasons", "rules")


def write(contract: Contract, place: Path, version: str, notes: Json) -> Path:
    """Write a release, with notes of how it came about. FileExistsError: a release never changes."""
    root = place / version
    root.mkdir(parents=True)
    for name, schema in contract.schemas.items():
        _put(root / "schemas" / f"{name}.json", schema)
        _put(root / "readers" / f"{name}.json", contract.readers[name])
    for topic, page in contract.pages.items():
        target = root / "topics" / f"{topic}.yaml"
        target.parent.mkdir(exist_ok=True)
        target.write_text(yaml.safe_dump(dict(page), sort_keys=False, allow_unicode=True, width=120), encoding="utf-8")
    _put(root / "contract.json", {"version": version, **notes, **{part: getattr(contract, part) for part in _PARTS}})
    lines = (
        json.dumps({"name": name, "answer": contract.answers[name], "example": example}, ensure_ascii=False)
        for name, example in contract.examples.items()
    )
    (root / "examples.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return root


def _put(file: Path, said: Any) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def place_of_releases() -> Path:
    """Where releases stand. FileNotFoundError if there is no contract here."""
    return folder() / "released"


def versions(place: Path) -> list[str]:
    """The released versions, oldest first."""
    found = [each.name for each in place.iterdir() if (each / "contract.json").is_file()] if place.is_dir() else []
    return sorted(found, key=number)


def number(version: str) -> tuple[int, ...]:
    """`1.10.0` as numbers, to compare by. ValueError if it is no such text."""
    first, second, third = map(int, version.split("."))
    return first, second, third
