"""`/openapi.json` of outcomes is OpenAPI 3.1, names every address for programs, and answers are what it says."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import msgspec
import pytest
from fastapi import FastAPI
from openapi_spec_validator import OpenAPIV31SpecValidator
from support.releases import release

from outcomes_service.app import build
from outcomes_service.openapi import PATHS, document
from outcomes_service.releases import written
from outcomes_service.settings import OutcomesSettings

FOR_PROGRAMS = ("/api/", "/releases")


def paths(routes: list[Any]) -> Iterator[str]:
    for route in routes:
        included = getattr(route, "original_router", None)
        if included is None:
            yield route.path
        else:
            yield from paths(included.routes)


@pytest.fixture(scope="module")
def said() -> dict[str, Any]:
    return document(FastAPI())


def test_it_is_openapi_3_1(said: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(said).validate()


def test_every_address_for_programs_stands_in_it_and_no_other() -> None:
    service = build(OutcomesSettings(kafka_url="127.0.0.1:1", mongo_url="mongodb://127.0.0.1:1"))
    assert service.routes is not None
    assert {path for path in paths(service.routes.routes) if path.startswith(FOR_PROGRAMS)} == set(PATHS)


def test_each_parameter_of_a_path_is_described_and_live_figures_ask_for_a_token(said: dict[str, Any]) -> None:
    for path, methods in said["paths"].items():
        operation = methods["get"]
        there = [parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"]
        assert there == re.findall(r"{(\w+)}", path)
        assert (operation["security"] != []) is path.startswith("/api/")


@pytest.mark.parametrize("spoilt", [{}, {"as_of": 2026}, {"tables": None}])
def test_a_release_is_what_its_schema_says_and_nothing_else_is(said: dict[str, Any], spoilt: dict[str, Any]) -> None:
    answer = said["paths"]["/releases/{release}.json"]["get"]["responses"]["200"]["content"]["application/json"]
    schema = {**answer["schema"], "components": said["components"]}
    told = {**msgspec.json.decode(written.of_release(release(), ())), **spoilt}
    assert jsonschema.Draft202012Validator(schema).is_valid(told) is (not spoilt)
