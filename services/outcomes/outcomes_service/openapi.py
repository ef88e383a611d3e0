"""`/openapi.json`: every address that programs ask, described by hand, because handlers take requests as they come.

A test holds it against the routes. Pages are for people and are not in it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec
from fastapi import FastAPI

from outcomes_service.breakdowns.answering import Page
from outcomes_service.breakdowns.question import DIMENSIONS
from outcomes_service.breakdowns.restating import Restated
from outcomes_service.releases.model import Definition, Release, Table
from outcomes_service.store import CameOfIt, Figure

Schema = Mapping[str, Any]
Tag = Literal["releases", "live"]

_TEXT: Final[Schema] = {"type": "string"}
_DAY: Final[Schema] = {"type": "string", "format": "date"}
_FILE: Final[Schema] = {"type": "string", "description": "Comma-separated, the first line has the names of columns"}
JSON: Final = "application/json"
CSV: Final = "text/csv"

_QUERY: Final[Mapping[str, tuple[Schema, str]]] = {
    "as_of": (_DAY, "Figures up to this day; without it up to today"),
    "known_on": (
        {"type": "string", "format": "date-time"},
        "Leave out what was accepted after this moment; without it all that is known",
    ),
    "synthetic": ({"type": "boolean"}, "Made-up events alone, or real ones alone; without it both, apart"),
    "measures": (_TEXT, "Measures, with commas between"),
    "schemes": (_TEXT, "Schemes, with commas between; without it all that show one of the measures"),
    "definitions": (_TEXT, "Definitions of success, with commas between; without it all that the schemes show"),
    "since": (
        {"type": "string", "format": "date-time"},
        "The earlier moment; a day is its end in London",
    ),
    "part": (_TEXT, "k, n or u of a share, or the name of another part; without it whichever"),
    "after": (_TEXT, "What the page before gave as next"),
    "limit": ({"type": "integer", "minimum": 1, "maximum": 500}, "How many subjects a page has"),
    **{name: (_TEXT, f"A condition: {said}") for name, said in DIMENSIONS.items() if name != "scheme"},
    "by": (_TEXT, f"Dimensions, with commas between, of: {', '.join(DIMENSIONS)}"),
    "partner": (_TEXT, "The partner who said it"),
    "type": (_TEXT, "The type of the event, as session-held"),
    "id": (_TEXT, "The id of the event"),
    "subject": (_TEXT, "The referral or practice that it is about"),
    "topic": (_TEXT, "The canonical topic on which it stands"),
}
_PATH: Final[Mapping[str, str]] = {
    "scheme_id": "A scheme, as /api/schemes names it",
    "measure": "A measure, or a family of them",
    "release": "A release, as /releases names it",
    "table": "A table of the release",
}
_STATUSES: Final[Mapping[int, str]] = {
    304: "What you have is what there is",
    400: "The question cannot be read; it says what can be asked",
    401: "Live figures are for staff: send a staff token",
    404: "There is none; it says what there is",
    410: "The release was withdrawn; it says when and why",
}
_PROBLEMS: Final = (400, 401, 404, 410)


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What is asked at an address, and what it answers."""

    tag: Tag
    summary: str
    answers: Mapping[str, Schema]
    query: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    statuses: tuple[int, ...] = ()


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "required": [*properties], "properties": properties}


def _array(items: Schema) -> Schema:
    return {"type": "array", "items": items}


_SINCE: Final[Schema] = {**_array(_TEXT), "description": "What has changed around the release, worked out now"}
_ANY: Final[Schema] = {"type": "object"}
_FIGURES: Final = _object(as_of=_DAY, figures=_array(_ref("Figure")))
_OF_RELEASES: Final = (304, 404, 410)
_LIVE: Final = (400, 401, 404)
_ASKED: Final = (
    "schemes", "definitions", "as_of", "known_on", "synthetic",
    *(name for name in DIMENSIONS if name != "scheme"),
)  # fmt: skip

PATHS: Final[Mapping[str, Described]] = {
    "/releases": Described(
        tag="releases",
        summary="Every release that went out, newest first, without tables; those withdrawn with the reason",
        answers={JSON: _object(releases=_array(_ANY))},
    ),
    "/releases/{release}.json": Described(
        tag="releases",
        summary="A release, whole. Its hash is over all but what happens to it, as canonical JSON",
        answers={JSON: {"allOf": [_ref("Release"), _object(since=_SINCE)]}},
        statuses=_OF_RELEASES,
    ),
    "/releases/{release}/{table}.json": Described(
        tag="releases",
        summary="A table of a release, with the definitions that it needs",
        answers={JSON: {"allOf": [_ref("Table"), _object(definitions=_array(_ref("Definition")), since=_SINCE)]}},
        statuses=_OF_RELEASES,
    ),
    "/releases/{release}/{table}.csv": Described(
        tag="releases",
        summary="A table of a release, a line a figure; an empty dimension is the total over it",
        answers={CSV: _FILE},
        statuses=_OF_RELEASES,
    ),
    "/releases/{release}/{table}.csv-metadata.json": Described(
        tag="releases",
        summary="What the columns of that CSV are and mean, after the W3C's CSV on the Web",
        answers={"application/csvm+json": _ANY},
        statuses=_OF_RELEASES,
    ),
    "/api/schemes": Described(
        tag="live",
        summary="The schemes, and the measures that each shows",
        answers={JSON: _object(schemes=_array(_ANY))},
        statuses=(401,),
    ),
    "/api/measures": Described(
        tag="live",
        summary="Every measure, with what it counts and means, and its version",
        answers={JSON: _object(measures=_array(_ANY))},
        statuses=(401,),
    ),
    "/api/measures/{measure}": Described(
        tag="live",
        summary="One measure, with what it counts and means, and its version",
        answers={JSON: _ANY},
        statuses=(401, 404),
    ),
    "/api/schemes/{scheme_id}/figures": Described(
        tag="live",
        summary="The figures of a scheme: the whole (area null) and each area",
        answers={JSON: _FIGURES, CSV: _FILE},
        query=("as_of", "synthetic"),
        statuses=_LIVE,
    ),
    "/api/schemes/{scheme_id}/figures.csv": Described(
        tag="live", summary="The same as CSV", answers={CSV: _FILE}, query=("as_of", "synthetic"), statuses=_LIVE
    ),
    "/api/figures/{measure}": Described(
        tag="live",
        summary="A measure, or all of a family, in every scheme that shows it",
        answers={JSON: _FIGURES, CSV: _FILE},
        query=("as_of", "synthetic"),
        statuses=_LIVE,
    ),
    "/api/figures/{measure}.csv": Described(
        tag="live", summary="The same as CSV", answers={CSV: _FILE}, query=("as_of", "synthetic"), statuses=_LIVE
    ),
    "/api/breakdowns": Described(
        tag="live",
        summary="Measures by any dimension, or two of them crossed, with their totals; as of a day, as known then",
        answers={JSON: _object(question=_ANY, may_change=_array(_ANY), rows=_array(_ANY)), CSV: _FILE},
        query=("measures", "by", *_ASKED),
        required=("measures",),
        statuses=_LIVE,
    ),
    "/api/breakdowns.csv": Described(
        tag="live",
        summary="The same as CSV: a line a figure, an empty dimension is the total over it",
        answers={CSV: _FILE},
        query=("measures", "by", *_ASKED),
        required=("measures",),
        statuses=_LIVE,
    ),
    "/api/lineage": Described(
        tag="live",
        summary="The events behind a figure, some of those whom it counts at a time",
        answers={JSON: {"allOf": [_ref("Page"), _object(question=_ANY)]}},
        query=("measures", "part", "after", "limit", *_ASKED),
        required=("measures",),
        statuses=_LIVE,
    ),
    "/api/restatements": Described(
        tag="live",
        summary="What changed in figures since they were known at an earlier moment, event by event, with the reason",
        answers={JSON: _object(before=_array(_ANY), after=_array(_ANY), changes=_array(_ref("Restated")))},
        query=("measures", "since", "by", *_ASKED),
        required=("measures", "since"),
        statuses=_LIVE,
    ),
    "/api/counted-in": Described(
        tag="live",
        summary="What came of one accepted event: where it is projected, what it is counted in, or why not",
        answers={JSON: _ref("CameOfIt")},
        query=("partner", "type", "id", "subject", "topic", "as_of"),
        required=("partner", "type", "id", "subject", "topic"),
        statuses=(400, 401),
    ),
}
_ABOUT: Final = """\
Releases are for everybody: frozen, protected tables that never change. Live figures are exact, for staff, and not for
publication; they ask for a staff token. A number always comes with its definition: see /measures and /methods.
"""


def document(app: FastAPI) -> dict[str, Any]:
    """The document, made once."""
    if app.openapi_schema is None:
        app.openapi_schema = {
            "openapi": "3.1.0",
            "info": {
                "title": "Footing outcomes", "version": "1", "description": _ABOUT,
                "summary": "Releases for everybody, live figures for staff",
                "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            },
            "servers": [{"url": "/"}],
            "tags": [
                {"name": "releases", "description": "Published figures"},
                {"name": "live", "description": "Live figures, for staff"},
            ],
            "paths": {path: {"get": _operation(path, described)} for path, described in PATHS.items()},
            "components": {
                "schemas": _schemas(),
                "securitySchemes": {"staff": {"type": "http", "scheme": "bearer", "description": "A staff token"}},
            },
        }  # fmt: skip
    return app.openapi_schema


def _operation(path: str, described: Described) -> dict[str, Any]:
    content = {kind: {"schema": schema} for kind, schema in described.answers.items()}
    return {
        "tags": [described.tag],
        "summary": described.summary,
        "operationId": re.sub(r"\W+", "_", path).strip("_"),
        "parameters": [*_path_parameters(path), *_query_parameters(described)],
        "responses": {
            "200": {"description": described.summary, "content": content},
            **{str(status): _response(status) for status in described.statuses},
        },
        "security": [{"staff": []}] if described.tag == "live" else [],
    }


def _path_parameters(path: str) -> Iterable[dict[str, Any]]:
    for name in re.findall(r"{(\w+)}", path):
        yield {"name": name, "in": "path", "required": True, "description": _PATH[name], "schema": _TEXT}


def _query_parameters(described: Described) -> Iterable[dict[str, Any]]:
    for name in described.query:
        schema, said = _QUERY[name]
        is_required = name in described.required
        yield {"name": name, "in": "query", "required": is_required, "description": said, "schema": schema}


def _response(status: int) -> dict[str, Any]:
    said: dict[str, Any] = {"description": _STATUSES[status]}
    return (
        {**said, "content": {"application/problem+json": {"schema": _ref("Problem")}}} if status in _PROBLEMS else said
    )


def _schemas() -> dict[str, Any]:
    kinds = (Release, Table, Definition, Figure, CameOfIt, Page, Restated)
    _, found = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    problem = _object(type=_TEXT, title=_TEXT, status={"type": "integer"}, detail=_TEXT)
    return {**msgspec.json.decode(msgspec.json.encode(found)), "Problem": problem}  # its defaults are tuples
