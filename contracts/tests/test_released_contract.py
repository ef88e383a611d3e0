"""The contract of this working tree keeps what the newest release promised; releases are kept as they were."""

import inspect
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from contracts import schemas
from contracts.compatibility.contract import number, place_of_releases, released, versions, working_tree, write
from contracts.compatibility.report import compare
from contracts.compatibility.rule_list import RULES

ROOM = Path(__file__).parents[1]
TODAY = working_tree()
# What models validate with beyond the keywords of their schemas, and what says the same to everybody else.
KNOWN_FUNCTIONS = {
    "OutcomeRecorded._exactly_one": "the oneOf of its schema",
    "EntryWithdrawn._fits_its_target": "the oneOf of its schema",
    "Period._at_most_a_year": "the rule `period`",
}


def test_nobody_breaks_by_what_changed_since_the_newest_release() -> None:
    newest = versions(place_of_releases())[-1]
    report = compare(released(place_of_releases(), newest), TODAY)
    assert report.compatible, "footing contract diff says more: " + "; ".join(
        f"{finding.subject} {finding.field}: {finding.why}" for finding in report.findings
    )


def test_a_release_is_read_as_it_was_written(tmp_path: Path) -> None:
    write(TODAY, tmp_path, "1.2.3", {"judged": None})
    assert released(tmp_path, "1.2.3") == replace(TODAY, version="1.2.3")


def test_a_release_never_changes(tmp_path: Path) -> None:
    write(TODAY, tmp_path, "1.2.3", {})
    with pytest.raises(FileExistsError):
        write(TODAY, tmp_path, "1.2.3", {})


def test_versions_go_by_their_numbers(tmp_path: Path) -> None:
    for version in ("1.10.0", "1.9.0", "0.12.3"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "contract.json").touch()
    (tmp_path / "notes").mkdir()
    assert versions(tmp_path) == ["0.12.3", "1.9.0", "1.10.0"]
    with pytest.raises(ValueError, match="not enough values"):
        number("1.2")


def test_every_rule_that_no_schema_says_is_in_the_rule_list() -> None:
    listed = {example for rule in RULES.values() for example in rule.shown_by}
    unsaid = set()
    for file in ROOM.glob("examples/*/v1/rejected/*.json"):
        expect = json.loads(file.read_text(encoding="utf-8"))["expect"]
        if expect.get("schema") != "invalid":
            unsaid.add("/".join(file.parts[-4:]).removesuffix(".json"))
    assert unsaid <= listed, "name the rule in contracts/compatibility/rule_list.py"
    assert listed <= TODAY.examples.keys()


def test_the_examples_of_a_rule_are_refused() -> None:
    for rule in RULES.values():
        for example in rule.shown_by:
            answer = TODAY.answers[example]
            assert (answer["gate"] or answer["reader"]) != "takes", example


def models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield model
    for field in model.model_fields.values():
        for part in parts(field.annotation):
            yield from models(part)


def parts(annotation: Any) -> Iterator[type[BaseModel]]:
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from parts(inner)


def test_models_validate_with_no_function_that_the_gate_does_not_know() -> None:
    found = set()
    for each in schemas.models().values():
        for model in models(each):
            decorators = model.__pydantic_decorators__
            own = [*decorators.model_validators, *decorators.field_validators, *decorators.validators]
            found |= {f"{model.__name__}.{name}" for name in own}
    assert found == set(KNOWN_FUNCTIONS), "a rule in code: give it a name in rule_list.py, and an example"
