"""`/openapi.json` is complete, is OpenAPI 3.1, and its examples are what its schemas say."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from support.door_without_parts import asking, door

from contracts.reasons import REASONS

# Which statuses each operation may answer, besides what all services answer to a path or a method that is not there.
STATUSES = {
    ("/events", "post"): {200, 202, 400, 401, 403, 408, 413, 415, 422, 429, 431, 500, 503},
    ("/events/{event_id}", "get"): {200, 401, 404, 429, 431, 500, 503},
    ("/fhir/$process-message", "post"): {200, 400, 401, 403, 408, 413, 415, 422, 429, 503},
    ("/fhir/metadata", "get"): {200},
    ("/asyncapi.yaml", "get"): {200},
    ("/contract", "get"): {200},
    ("/contract/{page}", "get"): {200, 404},
}
OPEN_TO_ALL = {"/fhir/metadata", "/asyncapi.yaml", "/contract", "/contract/{page}"}


@pytest.fixture(scope="module")
def with_fhir(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Settings by which a door takes FHIR too."""
    file: Path = tmp_path_factory.mktemp("key") / "key"
    file.write_text("madeup1 " + "00112233445566778899aabbccddeeff" * 2)
    file.chmod(0o600)
    return {"fhir_key_file": file}


@pytest.fixture(scope="module")
async def document(with_fhir: dict[str, Any]) -> dict[str, Any]:
    """The document as a client gets it."""
    async with asking(**with_fhir) as http:
        answer: httpx.Response = await http.get("/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    said: dict[str, Any] = answer.json()
    return said


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def paths(routes: list[Any]) -> Iterator[str]:
    for route in routes:
        included = getattr(route, "original_router", None)
        if included is None:
            yield route.path
        else:
            yield from paths(included.routes)


def test_it_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(document).validate()


def test_every_route_stands_in_it_with_the_statuses_that_it_answers(document: dict[str, Any]) -> None:
    said = {
        (path, method): {int(status) for status in operation["responses"]}
        for path, method, operation in operations(document)
    }
    assert said == STATUSES


def test_it_leaves_out_only_what_operators_ask(with_fhir: dict[str, Any], document: dict[str, Any]) -> None:
    routes = {path.replace(":path", "") for path in paths(door(**with_fhir).routes)}
    ours = {"/health/live", "/health/ready", "/metrics", "/openapi.json", "/api/quiet", "/api/standing"}
    assert routes - set(document["paths"]) == ours


def test_a_token_is_asked_for_wherever_something_is_somebodys(document: dict[str, Any]) -> None:
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    for path, _, operation in operations(document):
        assert operation["security"] == ([] if path in OPEN_TO_ALL else [{"token": []}]), path


def test_whatever_is_wrong_is_a_problem_of_one_schema(document: dict[str, Any]) -> None:
    for path, _, operation in operations(document):
        for status, response in operation["responses"].items():
            if int(status) < 400:
                continue
            (kind,) = response["content"]
            if path.startswith("/fhir"):
                assert kind == "application/fhir+json"
                continue
            assert kind == "application/problem+json"
            assert response["content"][kind]["schema"] == {"$ref": "#/components/schemas/Problem"}
            assert response["content"][kind]["examples"], f"{path} {status} names no reason"
            for code, example in response["content"][kind]["examples"].items():
                said = example["value"]
                assert (said["code"], said["status"]) == (code, int(status))
                assert REASONS[code].status == int(status)
                assert REASONS[code].comes_with(said["field"])


def test_whoever_is_to_come_again_is_told_when(document: dict[str, Any]) -> None:
    for path in ("/events", "/events/{event_id}"):
        for operation in document["paths"][path].values():
            for status in ("429", "503"):
                assert "Retry-After" in operation["responses"][status]["headers"]


def test_publishing_takes_the_three_content_types_and_tells_each_header(document: dict[str, Any]) -> None:
    publish = document["paths"]["/events"]["post"]
    assert set(publish["requestBody"]["content"]) == {
        "application/json", "application/cloudevents+json", "application/cloudevents-batch+json",
    }  # fmt: skip
    assert {parameter["name"] for parameter in publish["parameters"]} == {
        "ce-specversion", "ce-id", "ce-source", "ce-type", "ce-subject", "ce-time", "ce-partitionkey",
        "ce-datacontenttype", "ce-dataschema", "ce-recordedtime", "ce-correlationid", "ce-causationid",
        "ce-traceparent",
    }  # fmt: skip


def contents(node: Any) -> Iterator[dict[str, Any]]:
    """Every content of a request or an answer that shows examples."""
    if isinstance(node, dict):
        if "schema" in node and "examples" in node:
            yield node
        for inner in node.values():
            yield from contents(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from contents(inner)


def test_each_example_is_what_its_schema_says(document: dict[str, Any]) -> None:
    shown = [content for content in contents(document["paths"]) if "$ref" in content["schema"]]
    names = {content["schema"]["$ref"].rpartition("/")[2] for content in shown}
    assert names == {"Payload", "Event", "Batch", "Received", "Verdicts", "Fate", "Problem"}
    for content in shown:
        schema = {**content["schema"], "components": document["components"]}
        checker = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
        for name, example in content["examples"].items():
            assert not [error.message for error in checker.iter_errors(example["value"])], name


@pytest.mark.parametrize(
    ("schema", "spoilt"),
    [
        ("Event", {"type": "footing.session-held.v2"}),
        ("Event", {"specversion": "0.3"}),
        ("Event", {"data": {}}),
        ("Batch", []),
        ("Received", {"event_id": "x"}),
    ],
)
def test_its_schemas_can_say_no(document: dict[str, Any], schema: str, spoilt: Any) -> None:
    examples = document["paths"]["/events"]["post"]["requestBody"]["content"]["application/cloudevents+json"][
        "examples"
    ]
    said = {**examples["session-held"]["value"], **spoilt} if schema == "Event" else spoilt
    whole = {"$ref": f"#/components/schemas/{schema}", "components": document["components"]}
    assert not jsonschema.Draft202012Validator(whole).is_valid(said)
