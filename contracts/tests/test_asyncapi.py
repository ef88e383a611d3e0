"""The contract as AsyncAPI is valid, hangs together, and gives examples that the codec takes."""

import json
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from support.asyncapi import checker, contract, official, references, source

from contracts import connectivity
from contracts.codec import decode_inbox
from contracts.envelope import Event
from contracts.receipt import Receipt
from contracts.record_files import from_example
from ops.bundling import BUNDLED, pointed_at, written

ROOM = Path(__file__).parents[1]
MESSAGES = contract()["components"]["messages"]
WHAT_COMES_BACK = {"receipt", "connectivity"}
RECEIPTS = sorted(ROOM.glob("examples/receipt/v1/*.json"))


def files(node: Any, folder: str) -> set[str]:
    return {ref.partition("#")[0] for ref in references(node) if ref.startswith(folder)}


def read(file: str) -> dict[str, Any]:
    return json.loads((ROOM / file).read_text(encoding="utf-8"))


@pytest.mark.parametrize("document", [source, contract], ids=["as written", "in one piece"])
def test_it_is_valid_by_the_official_schema(document: Any) -> None:
    assert [f"{list(error.path)}: {error.message[:200]}" for error in official().iter_errors(document())] == []


def test_the_official_schema_finds_what_is_wrong() -> None:
    broken = {**source(), "operations": {"sendSessionHeld": {"action": "publish"}}}
    assert not official().is_valid(broken)


def test_each_reference_leads_somewhere() -> None:
    for reference in references(contract()):
        assert reference.startswith("#/"), f"{reference} leads out of the file"
        assert pointed_at(contract(), reference.removeprefix("#")) is not None


def test_what_the_door_serves_is_made_from_it() -> None:
    assert BUNDLED.read_text(encoding="utf-8") == written(), "run: make schemas"


def test_its_version_is_that_of_the_package() -> None:
    assert source()["info"]["version"] == version("footing-contracts")


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_the_examples_of_a_message_are_what_it_says(name: str) -> None:
    examples = MESSAGES[name]["examples"]
    assert examples
    for example in examples:
        checker(f"/components/messages/{name}/payload").validate(example["payload"])
        checker(f"/components/messages/{name}/headers").validate(example.get("headers", {}))


@pytest.mark.parametrize("name", sorted(MESSAGES.keys() - WHAT_COMES_BACK))
def test_each_example_is_a_file_that_the_codec_takes_as_that_message(name: str) -> None:
    said = source()["components"]["messages"][name]
    named = files(said.get("examples"), "examples/")
    assert named
    for file in named:
        document = read(file)
        event = decode_inbox(from_example(document))
        assert isinstance(event, Event), f"{file}: {event}"
        assert document["expect"]["fate"] == "accepted"
        assert said["name"] in (event.type, "event", "events")


@pytest.mark.parametrize("file", RECEIPTS, ids=[file.stem for file in RECEIPTS])
def test_an_example_of_a_receipt_is_one(file: Path) -> None:
    record = from_example(read(str(file.relative_to(ROOM))))
    receipt = Receipt.model_validate_json(record.value or b"", strict=True)
    place = "/".join(str(part) for part in receipt.position.model_dump().values())
    assert (record.key or b"").decode() == (receipt.event_id or place)
    assert record.topic == "receipts.acme"
    assert checker("/components/messages/receipt/bindings/kafka/key").is_valid((record.key or b"").decode())


def test_every_receipt_that_there_is_an_example_of_stands_in_it() -> None:
    named = files(source()["components"]["messages"]["receipt"], "examples/")
    assert named == {str(file.relative_to(ROOM)) for file in RECEIPTS}


def test_the_example_of_a_connectivity_event_is_as_the_door_sends_it() -> None:
    example = from_example(read("examples/connectivity/v1/open.json"))
    said = json.loads(example.value or b"")
    sent = connectivity.record("acme", *(datetime.fromisoformat(said[name]) for name in ("at", "next_at")))
    now, then = dict(sent.headers), dict(example.headers)
    assert (example.topic, example.value) == (sent.topic, sent.value)
    assert then == {**now, "ce_id": then["ce_id"]}  # each has an id of its own, which is its key
    assert example.key == then["ce_id"]


def test_the_receipt_of_a_refusal_says_what_the_codec_says() -> None:
    refusal = decode_inbox(from_example(read("examples/session-held/v1/rejected/minutes-too-few.json")))
    assert not isinstance(refusal, Event)
    said = read("examples/receipt/v1/refused.json")["value"]
    assert (said["event_id"], said["type"], said["referral_id"]) == (
        refusal.event_id, refusal.type, refusal.referral_id,
    )  # fmt: skip
    assert (said["reason"], said["field"], said["expected"]) == (
        refusal.problem.code, refusal.problem.field, refusal.problem.expected,
    )  # fmt: skip
