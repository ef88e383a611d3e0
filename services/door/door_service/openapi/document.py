"""The whole document: the routes as they describe themselves, with the schemas and examples of the contract."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from contracts.attributes import ATTRIBUTES
from contracts.codec import STRUCTURED
from contracts.files import folder
from door_service.contract.examples import Example
from door_service.contract.source import Contract, EventPage, read
from door_service.domain import BATCH, JSON, MOST_EVENTS
from door_service.openapi import answers
from door_service.openapi.described import ref

_TOKEN: Final = {
    "type": "http",
    "scheme": "bearer",
    "description": "The partner's token, as `footing partner add` showed it, once.",
}
_TAGS: Final = [
    {"name": "events", "description": "Publish, and ask what became of it"},
    {"name": "fhir", "description": "The way in for systems that speak FHIR (BaRS messages)"},
    {"name": "contract", "description": "What may be said: for people and for machines"},
]
_ABOUT: Final = """\
An event that was answered 202 is in the partner's inbox; what becomes of it is told as a receipt and by
`GET /events/{event_id}`. Sending the same event again is safe: it counts once. Whatever is wrong is told as
problem+json with a reason code, the field and what was expected, never what was sent. In words: `/contract`.
"""


def document(app: FastAPI) -> dict[str, Any]:
    """The document, made once."""
    if app.openapi_schema is None:
        contract = read(folder())
        said = get_openapi(
            title="Footing door", version=contract.version, summary="The way in over HTTP for partners",
            description=_ABOUT, routes=app.routes, tags=_TAGS, servers=[{"url": "/"}],
            license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        )  # fmt: skip
        for path in said["paths"].values():
            for operation in path.values():
                _finish(operation)
        _add_examples(said["paths"]["/events"]["post"]["requestBody"]["content"], contract)
        said["components"] = {"schemas": _schemas(contract), "securitySchemes": {"token": _TOKEN}}
        app.openapi_schema = said
    return app.openapi_schema


def _finish(operation: dict[str, Any]) -> None:
    """Say who may ask, show an answer, and take out the 422 that FastAPI adds and, all being text, never gives."""
    responses, shown = operation["responses"], answers.examples()
    for response in responses.values():
        for content in response.get("content", {}).values():
            name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
            if name in shown:
                content["examples"] = {"made-up": {"value": shown[name]}}
    operation["security"] = [{"token": []}] if "401" in responses else []
    if JSON in responses.get("422", {}).get("content", {}):
        del responses["422"]


def _add_examples(content: dict[str, Any], contract: Contract) -> None:
    events = [event for event in contract.events if event.is_for_partners]
    binary = {event.kind.event: _accepted(event, is_binary=True) for event in events}
    structured = {event.kind.event: _accepted(event, is_binary=False) for event in events}
    content[JSON]["examples"] = {name: _shown(example) for name, example in binary.items()}
    content[STRUCTURED]["examples"] = {name: _shown(example) for name, example in structured.items()}
    batch = [example.document["value"] for example in structured.values()]
    content[BATCH]["examples"] = {"one-of-each": {"summary": "One event of each type", "value": batch}}


def _accepted(event: EventPage, *, is_binary: bool) -> Example:
    return next(each for each in event.examples["accepted"] if each.is_binary is is_binary)


def _shown(example: Example) -> dict[str, Any]:
    return {"summary": example.note, "value": example.document["value"]}


def _schemas(contract: Contract) -> dict[str, Any]:
    events = [event for event in contract.events if event.is_for_partners]
    schemas: dict[str, Any] = {}
    for event in events:
        schemas |= _hoisted(event.title, contract.schemas[f"{event.kind.event}.v1"])
        schemas[f"{event.title}Event"] = _structured(event)
    types = {event.kind.name: ref(f"{event.title}Event")["$ref"] for event in events}
    return {
        **schemas,
        "Payload": {"description": "Binary mode: the payload alone", "anyOf": [ref(event.title) for event in events]},
        "Event": {
            "description": "Structured mode: attributes and payload in one object",
            "oneOf": [{"$ref": where} for where in types.values()],
            "discriminator": {"propertyName": "type", "mapping": types},
        },
        "Batch": {"type": "array", "minItems": 1, "maxItems": MOST_EVENTS, "items": ref("Event")},
        **answers.schemas(contract.schemas["receipt.v1"]["properties"]),
    }


def _hoisted(title: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema and those of its parts, each under a name of its own."""
    parts = schema.get("$defs", {})
    outer = {name: said for name, said in schema.items() if name not in ("$schema", "$id", "$defs")}
    named = {title: outer, **{f"{title}.{name}": part for name, part in parts.items()}}
    return {name: _pointing(title, said) for name, said in named.items()}


def _pointing(title: str, said: Any) -> Any:
    """The same schema, its references pointing to where the parts stand now."""
    if isinstance(said, list):
        return [_pointing(title, each) for each in said]
    if not isinstance(said, dict):
        return said
    if "$ref" in said:
        return {**said, **ref(f"{title}.{said['$ref'].rpartition('/')[2]}")}
    return {name: _pointing(title, inner) for name, inner in said.items()}


def _structured(event: EventPage) -> dict[str, Any]:
    partners = [attribute for attribute in ATTRIBUTES.values() if attribute.use != "ours"]
    attributes: dict[str, Any] = {
        attribute.name: {"type": "string", "description": f"{attribute.meaning} Form: {attribute.form}."}
        for attribute in partners
    }
    attributes["specversion"] |= {"const": "1.0"}
    attributes["type"] |= {"const": event.kind.name}
    required = [attribute.name for attribute in partners if attribute.use == "required"]
    return {
        "type": "object",
        "required": [*required, "data"],
        "properties": {**attributes, "data": ref(event.title)},
    }
