"""Fixtures and answers are FHIR R4 by the official JSON schema; whatever is wrong with a message, the answer is one."""

import copy
import gzip
import json
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft6Validator
from support import fhir

import schemes
from contracts.reasons import REASONS
from door_service.fhir import answers, bundle
from door_service.fhir.bundle import Unmapped
from door_service.fhir.identity import Key
from door_service.fhir.known import Known
from door_service.fhir.taking import taken
from schemes import register
from servicekit.partners import Partner

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
KNOWN = Known(schemes.load(), register.load(), Key("test1", b"\x5a" * 32))
ACME = Partner(
    name="acme", number=1, schemes=frozenset({"james-wigg"}), events=frozenset({"referral-made", "outcome-recorded"})
)
FIXTURES = ("referral", "revoked", "entered-in-error")
# FHIRPath as it may stand in an expression: names and indexes.
PATH = re.compile(r"Bundle(\.[a-zA-Z]+(\[\d+\])?)*")
SCHEMA = Path(__file__).parents[3] / "vendor/fhir-r4/fhir.schema.json.gz"


@cache
def _schema() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(gzip.decompress(SCHEMA.read_bytes()))
    return told


def faults(resource: dict[str, Any]) -> list[str]:
    """What the official schema has against a resource; of a Bundle each entry is held to its own type."""
    shell = copy.deepcopy(resource)
    entries = [entry.pop("resource") for entry in shell.get("entry", ())]
    schema = {**_schema()["definitions"][resource["resourceType"]], "definitions": _schema()["definitions"]}
    found = [
        f"{resource['resourceType']}: {fault.message[:200]}" for fault in Draft6Validator(schema).iter_errors(shell)
    ]
    return found + [fault for entry in entries for fault in faults(entry)]


def outcome_of(sent: bytes) -> dict[str, Any] | None:
    """The OperationOutcome that a body gets; None if it is taken."""
    try:
        taken(bundle.read(sent), ACME, KNOWN, NOW)
    except Unmapped as unmapped:
        return answers.outcome(REASONS[unmapped.code].status, unmapped.code, unmapped.path, unmapped.expected)
    return None


@pytest.mark.parametrize("name", FIXTURES)
def test_a_fixture_is_fhir_says_that_it_is_made_up_and_is_taken(name: str) -> None:
    told = fhir.message(name)
    assert faults(told) == []
    assert "made up" in told["meta"]["security"][0]["display"]
    assert fhir.resource(told, "Patient")["identifier"][0]["value"].startswith("999")  # of the numbers nobody has
    assert outcome_of(json.dumps(told).encode()) is None


def test_the_schema_finds_what_is_no_fhir() -> None:
    told = fhir.message()
    fhir.resource(told, "Consent")["madeUp"] = 1
    del fhir.resource(told, "Observation")["code"]
    assert len(faults(told)) == 2


@pytest.mark.parametrize(
    ("name", "status"), [("referral", "planned"), ("revoked", "cancelled"), ("entered-in-error", "entered-in-error")]
)
def test_the_answer_is_a_message_that_says_ok_and_names_the_referral(name: str, status: str) -> None:
    told = fhir.message(name)
    message = bundle.read(json.dumps(told).encode())
    one = taken(message, ACME, KNOWN, NOW)
    answer = answers.response(message, one.event.subject, one.event.id, NOW)
    assert faults(answer) == []
    header, encounter = (entry["resource"] for entry in answer["entry"])
    assert header["response"] == {"identifier": told["id"], "code": "ok"}
    assert header["eventCoding"]["code"] == "servicerequest-response"
    assert header["focus"] == [{"reference": answer["entry"][1]["fullUrl"]}]
    assert encounter["status"] == status
    assert [each["value"] for each in encounter["identifier"]] == [one.event.subject, one.event.id]


def test_what_it_can_do_is_fhir() -> None:
    told = answers.capability()
    assert told["fhirVersion"] == "4.0.1"
    # The schema is older than the technical correction 4.0.1, and knows versions up to its own.
    assert faults({**told, "fhirVersion": "4.0.0"}) == []
    assert [message["definition"].rpartition("/")[2] for message in told["messaging"][0]["supportedMessage"]] == [
        "bars-message-servicerequest-request-referral",
        "bars-message-servicerequest-request-cancelled",
    ]


@pytest.mark.parametrize("code", sorted(REASONS))
def test_every_reason_can_be_said_as_an_outcome(code: str) -> None:
    for path in (None, "Bundle.entry[0].resource.event"):
        assert faults(answers.outcome(REASONS[code].status, code, path, "something")) == []


def _places(node: Any) -> Iterator[tuple[Any, int | str]]:
    """Each object or list with each of its names or indexes, however deep."""
    steps = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, inner in steps:
        yield node, step
        yield from _places(inner)


def test_every_element_gone_or_of_another_type_is_taken_or_refused_by_its_place() -> None:
    told = fhir.message()
    refused = 0
    for held, step in list(_places(told)):
        kept = held[step]
        for wrong in (None, "x\u0000", {"x": []}):
            held[step] = wrong
            refused += _is_refused_well(json.dumps(told).encode())
        held[step] = kept
    assert refused > 300


def test_bytes_that_were_changed_by_chance_are_taken_or_refused() -> None:
    whole = json.dumps(fhir.message()).encode()
    chance = random.Random(5)
    refused = 0
    for _ in range(1_000):
        sent = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            sent[chance.randrange(len(sent))] = chance.randrange(256)
        refused += _is_refused_well(bytes(sent))
    assert refused > 300


def test_a_message_of_thousands_of_parts_is_refused_before_they_are_walked() -> None:
    told = fhir.message()
    told["entry"] += [{}] * 6_000
    outcome = outcome_of(json.dumps(told).encode())
    assert outcome is not None
    assert outcome["issue"][0]["details"]["coding"][0]["code"] == "too_large"


def _is_refused_well(sent: bytes) -> bool:
    outcome = outcome_of(sent)
    if outcome is None:
        return False
    (issue,) = outcome["issue"]
    assert PATH.fullmatch(issue["expression"][0]), issue
    assert issue["diagnostics"].removeprefix("Expected: "), issue
    return True
