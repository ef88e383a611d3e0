"""Every example is read by every reader: the gate's, the one behind the gate, and any JSON Schema library."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from contracts.codec import decode_canonical, decode_inbox
from contracts.envelope import Event, Record, Refusal
from contracts.reasons import REASONS
from contracts.record_files import from_example
from contracts.topics import EVENT_TYPES, inbox_parts

ROOM = Path(__file__).parents[1]
FILES = sorted(ROOM.glob("examples/*/v1/*/*.json"))
NAMES = ["/".join(file.parts[-4:]).removesuffix(".json") for file in FILES]
MAIN = ("referral-made", "session-held", "outcome-recorded")
OWN = ("follow-up-due", "erasure-requested")
every_example = pytest.mark.parametrize("file", FILES, ids=NAMES)


def read(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text(encoding="utf-8"))


def behind_the_gate(record: Record) -> Record:
    """The same record as if it stood on the canonical topic."""
    parts = inbox_parts(record.topic)
    return record._replace(topic=parts[1]) if parts else record


def payload(document: dict[str, Any]) -> Any:
    """What the schema is about: the value, or `data` of a structured event."""
    value = document["value"]
    return value.get("data", value) if isinstance(value, dict) else value


@every_example
def test_the_gate_answers_each_example_as_it_says(file: Path) -> None:
    document = read(file)
    expect = document["expect"]
    record = from_example(document)
    if inbox_parts(record.topic) is None:
        assert file.parts[-4] in OWN, "partners publish to inboxes"
        return
    answer = decode_inbox(record)
    if expect["fate"] == "accepted":
        assert isinstance(answer, Event), answer
    else:
        assert isinstance(answer, Refusal), "the gate takes it"
        assert (answer.problem.code, answer.problem.field) == (expect["reason"], expect.get("field"))
        assert answer.problem.code in REASONS


@every_example
def test_a_reader_behind_the_gate_answers_each_example_as_it_says(file: Path) -> None:
    document = read(file)
    answer = decode_canonical(behind_the_gate(from_example(document)))
    said = "reads" if isinstance(answer, Event) else "refuses"
    assert said == document["expect"]["reader"], answer
    if file.parts[-4] in OWN and isinstance(answer, Refusal):
        expect = document["expect"]
        assert (answer.problem.code, answer.problem.field) == (expect["reason"], expect.get("field"))


@every_example
def test_the_schema_answers_each_example_as_it_says(file: Path) -> None:
    document = read(file)
    said = document["expect"].get("schema")
    if said is None:  # the value is no event, or no schema library can see what is wrong
        return
    schema = json.loads((ROOM / "schemas" / f"{file.parts[-4]}.v1.json").read_text(encoding="utf-8"))
    checker = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)
    assert ("valid" if checker.is_valid(payload(document)) else "invalid") == said


@every_example
def test_each_example_is_made_up_and_says_why_it_is_there(file: Path) -> None:
    document = read(file)
    assert document["note"]
    value = document.get("value")
    if isinstance(value, dict) and "synthetic" in (data := payload(document)):
        assert data["synthetic"] in (True, None)


def test_tolerated_is_what_gates_refuse_and_readers_read() -> None:
    for file in ROOM.glob("examples/*/v1/tolerated/*.json"):
        expect = read(file)["expect"]
        assert expect.get("fate", "refused") == "refused"
        assert expect["reader"] == "reads"


def test_there_are_enough_examples_of_each_event() -> None:
    counted = Counter((file.parts[-4], file.parts[-2]) for file in FILES)
    for kind in EVENT_TYPES.values():
        half = kind.event not in MAIN
        assert counted[kind.event, "accepted"] >= (3 if half else 6), kind.event
        assert counted[kind.event, "tolerated"] >= (2 if half else 3), kind.event
        assert counted[kind.event, "rejected"] >= (4 if kind.event in OWN else 6 if half else 12), kind.event


def test_both_content_modes_occur_for_each_event_of_a_partner() -> None:
    for kind in EVENT_TYPES.values():
        files = [read(file) for file in ROOM.glob(f"examples/{kind.event}/v1/accepted/*.json")]
        structured = [file for file in files if "cloudevents" in file["headers"].get("content-type", "")]
        assert files
        assert len(structured) < len(files)
        assert structured or kind.event in OWN


def test_every_reason_that_follows_from_the_record_alone_is_provoked_by_an_example() -> None:
    provoked = {read(file)["expect"]["reason"] for file in ROOM.glob("examples/*/v1/rejected/*.json")}
    assert provoked == {reason.code for reason in REASONS.values() if reason.stateless}
