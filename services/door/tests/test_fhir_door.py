"""The FHIR door as a process on real Kafka and MongoDB, asked as a practice's system asks."""

import json
import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from support import fhir, warm
from support.at_the_door import BATCH, TOKEN, asking, register
from support.real_parts import UniqueNames
from support.world import World, made, tail

from contracts.topics import inbox
from door_service.app import build
from door_service.settings import DoorSettings
from ops.localstack import ports

FHIR = {"content-type": "application/fhir+json"}
PATH = "/fhir/$process-message"


@pytest.fixture(scope="module")
async def world(kafka_url: str, mongo_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A partner that speaks FHIR."""
    names, logs = UniqueNames(f"t{uuid.uuid4().hex[:10]}"), tmp_path_factory.mktemp("fhir")
    async with made(kafka_url, mongo_url, names, logs, frozenset({"james-wigg"})) as world:
        await register(world, world.partner, TOKEN)
        yield world


@pytest.fixture(scope="module")
async def door(world: World, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    """The door, with a key."""
    file = fhir.key_file(tmp_path_factory.mktemp("key"))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("FHIR_KEY_FILE", str(file))
        async with asking(world) as http:
            yield http


def _fresh() -> fhir.Message:
    return fhir.called(fhir.message(), f"R-{uuid.uuid4()}")


async def _posted(door: httpx.AsyncClient, told: Any, **headers: str) -> httpx.Response:
    content = told if isinstance(told, bytes) else json.dumps(told)
    return await door.post(PATH, content=content, headers={**FHIR, **headers})


async def test_a_message_is_in_the_inbox_when_it_is_answered_and_again_it_is_the_same_event(
    world: World, door: httpx.AsyncClient
) -> None:
    told = _fresh()
    answer, again = await _posted(door, told), await _posted(door, told)
    assert (answer.status_code, again.status_code) == (200, 200), answer.text
    assert answer.headers["content-type"] == "application/fhir+json"
    assert answer.headers["location"] == again.headers["location"]
    header, encounter = (entry["resource"] for entry in answer.json()["entry"])
    assert header["response"] == {"identifier": told["id"], "code": "ok"}
    referral, event_id = (each["value"] for each in encounter["identifier"])
    assert answer.headers["location"] == f"/events/{event_id}"

    records = []
    async for record in world._records(inbox(world.partner, "referral-made")):
        if record.key == referral.encode():
            records.append(record)
        if len(records) == 2:
            break
    assert records[0].value == records[1].value
    assert dict(records[0].headers) == dict(records[1].headers)

    async with world.running("referral"):

        async def both_told() -> Any:
            known = (await door.get(answer.headers["location"])).json()
            return known if "duplicate" in [step["fate"] for step in known["history"]] else None

        known = await world.until(both_told)
    assert (known["fate"], known["type"]) == ("accepted", "footing.referral-made.v1")
    assert [event.subject for event in await world.accepted("referral-made", referral, 1)] == [referral]


async def test_what_is_revoked_and_what_was_an_error_goes_where_its_gate_listens(
    world: World, door: httpx.AsyncClient
) -> None:
    name = f"R-{uuid.uuid4()}"
    made = await _posted(door, fhir.called(fhir.message(), name))
    referral = made.json()["entry"][1]["resource"]["identifier"][0]["value"]
    for kind, topic in (("revoked", "outcome-recorded"), ("entered-in-error", "referral-made")):
        answer = await _posted(door, fhir.called(fhir.message(kind), name))
        assert answer.status_code == 200, answer.text
        said, event_id = (each["value"] for each in answer.json()["entry"][1]["resource"]["identifier"])
        assert said == referral
        async for record in world._records(inbox(world.partner, topic)):
            if dict(record.headers)["ce_id"] == event_id.encode():
                assert record.key == referral.encode()
                break


async def test_a_refusal_is_an_operation_outcome_with_its_place(door: httpx.AsyncClient) -> None:
    told = _fresh()
    fhir.without(told, "Consent")
    answer = await _posted(door, told)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/fhir+json"
    (issue,) = answer.json()["issue"]
    assert (issue["severity"], issue["code"], issue["expression"]) == ("error", "business-rule", ["Bundle.entry"])
    assert {each["code"] for each in issue["details"]["coding"]} == {"not_voluntary", "REC_UNPROCESSABLE_ENTITY"}


@pytest.mark.parametrize(
    ("body", "headers", "status", "issue", "reason"),
    [
        (b"{", {}, 400, "structure", "not_json"),
        (b"{}", {"authorization": "Bearer x"}, 401, "login", "unauthorised"),
        (b"{}", {"content-type": "application/fhir+xml"}, 415, "not-supported", "content_type_unknown"),
        (b"{}", {"content-type": "application/cloudevents+json"}, 415, "not-supported", "content_type_unknown"),
        (b"{}", {"content-type": "application/json; charset=latin-1"}, 415, "not-supported", "content_type_unknown"),
        (b"{}", {"content-encoding": "gzip"}, 415, "not-supported", "compressed"),
        (b" " * 262_145, {}, 413, "too-long", "too_large"),
        (b"{}", {}, 422, "value", "field_invalid"),
        (b"{}", {"content-type": "application/json"}, 422, "value", "field_invalid"),
    ],
)
async def test_what_cannot_be_taken_is_answered_with_its_status(
    door: httpx.AsyncClient, body: bytes, headers: dict[str, str], status: int, issue: str, reason: str
) -> None:
    answer = await _posted(door, body, **headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/fhir+json"
    told = answer.json()["issue"][0]
    assert (told["code"], told["details"]["coding"][0]["code"]) == (issue, reason)


async def test_who_says_too_much_is_told_when_to_come_again(world: World, door: httpx.AsyncClient) -> None:
    token = "ftg_of-one-who-says-too-much"
    slow = {"schemes": ["james-wigg"], "events": ["referral-made"], "events_a_second": 0.01}
    await register(world, f"{world.partner}-slow", token, **slow)
    headers = {"authorization": f"Bearer {token}"}

    async def is_known() -> bool:
        return (await _posted(door, b"", **headers)).status_code != 401

    await world.until(is_known)
    batch = await door.post("/events", json=[{}] * 980, headers={**headers, "content-type": BATCH})
    assert batch.status_code == 200

    async def is_told() -> Any:  # what is left of its 1,001 is soon used up: both ways in draw on the same
        answer = await _posted(door, b"{", **headers)
        return answer if answer.status_code == 429 else None

    told = await world.until(is_told)
    assert int(told.headers["retry-after"]) >= 1
    assert told.json()["issue"][0]["code"] == "throttled"


async def test_who_asks_what_it_can_do_needs_no_token(door: httpx.AsyncClient) -> None:
    async with httpx.AsyncClient(base_url=door.base_url) as anybody:
        answer = await anybody.get("/fhir/metadata")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/fhir+json"
    assert answer.json()["fhirVersion"] == "4.0.1"


async def test_the_routes_stand_in_the_openapi_document(door: httpx.AsyncClient) -> None:
    paths = (await door.get("/openapi.json")).json()["paths"]
    assert set(paths[PATH]["post"]["requestBody"]["content"]) == {"application/fhir+json", "application/json"}
    assert set(paths[PATH]["post"]["responses"]) >= {"200", "400", "401", "403", "413", "415", "422", "429", "503"}
    assert "/fhir/metadata" in paths


def test_a_door_without_a_key_takes_no_fhir(world: World) -> None:
    settings = DoorSettings(kafka_url=world.settings.kafka_url, mongo_url=world.settings.mongo_url)
    api = build(settings).routes
    assert api is not None
    assert [route for route in api.routes if "fhir" in str(getattr(route, "path", ""))] == []


async def test_a_door_whose_key_is_open_to_others_does_not_run(world: World, tmp_path: Path) -> None:
    file = fhir.key_file(tmp_path)
    file.chmod(0o644)
    log = tmp_path / "door.log"
    settings = {
        "KAFKA_URL": world.settings.kafka_url,
        "MONGO_URL": world.settings.mongo_url,
        "HTTP_PORT": str(ports.take(None, None, "door")),
        "FHIR_KEY_FILE": str(file),
    }
    process = warm.start("door", os.environ | settings, log)

    async def has_ended() -> bool:
        return not process.is_alive()

    await world.until(has_ended)
    assert process.exitcode == 3, tail(log)
    assert "refuses_to_run" in tail(log)
    assert "chmod 600" in tail(log)
    assert "5a5a" not in tail(log)
