"""The door's own API: publish events, ask what became of one. Every refusal is problem+json and echoes nothing."""

import re
from typing import Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from fastapi.security import HTTPBearer

from contracts.codec import STRUCTURED
from contracts.envelope import UUID_PATTERN, Problem
from contracts.topics import LARGEST_VALUE_BYTES
from door_service import domain, problems, publishing
from door_service.counted import Outcomes
from door_service.domain import BATCH, JSON, Declined
from door_service.store import Door
from servicekit.running import Running

_TOKEN: Final = HTTPBearer(auto_error=False, description="The partner's token, as `footing partner add` showed it")
_UUID: Final = re.compile(UUID_PATTERN)


def routes(door: Door, outcomes: Outcomes) -> APIRouter:
    """The routes of the door."""
    api = APIRouter(dependencies=[Depends(_TOKEN)])

    @api.post("/events", status_code=202, responses=_POST_RESPONSES, openapi_extra=_POST_BODY)
    async def publish(request: Request) -> Response:
        """Publish one event (binary or structured CloudEvents mode), or a batch of up to 1,000.

        One: 202 once it is in the inbox; `Location` tells where its fate can be asked. A batch: 200 with a verdict for
        each event, in order; 503 if nothing was written. Sending an event again is safe: it counts once.
        """
        return await publishing.publish(door, request)

    @api.get("/events/{event_id}", responses=_GET_RESPONSES)
    async def fate(request: Request, event_id: str, type: str | None = None) -> Response:
        """What became of an event: its fate, why if it was refused, every receipt with its time, what it is counted in.

        Where events of several types share the id, `type` chooses one. Another partner's event is unknown.
        """
        running: Running = request.app.state.running
        try:
            partner = await door.come_in(running, request)
            known = None
            if _UUID.match(event_id):
                known = domain.told(await door.fates(running, partner, event_id), type)
            if known is None:
                raise Declined(404, Problem("unknown", "id", "the id of an event that you published"))
        except Declined as declined:
            return problems.answer(declined)
        return JSONResponse(await outcomes.added_to(known, partner.name))

    return api


_PROBLEM_SCHEMA: Final = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "field", "expected", "remedy"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "field": {"type": "string"},
        "expected": {"type": "string"},
        "remedy": {"type": "string"},
    },
}


def _problems(**about: str) -> dict[int | str, dict[str, Any]]:
    content = {"application/problem+json": {"schema": _PROBLEM_SCHEMA}}
    return {status.strip("_"): {"description": text, "content": content} for status, text in about.items()}


_EVENT_SCHEMA: Final = {
    "type": "object",
    "required": ["specversion", "id", "source", "type", "subject", "time", "data"],
}
_POST_BODY: Final = {
    "requestBody": {
        "required": True,
        "description": f"At most {LARGEST_VALUE_BYTES} bytes an event, 8 MiB a batch.",
        "content": {
            JSON: {"schema": {"type": "object", "description": "Binary mode: the payload; attributes as ce-* headers"}},
            STRUCTURED: {"schema": _EVENT_SCHEMA},
            BATCH: {"schema": {"type": "array", "minItems": 1, "maxItems": 1000, "items": _EVENT_SCHEMA}},
        },
    },
}
_POST_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "A batch: one verdict for each event, in order"},
    202: {"description": "One event: it is in the inbox", "headers": {"Location": {"schema": {"type": "string"}}}},
    **_problems(
        _400="Malformed",
        _401="No credential, or nobody's",
        _403="Not yours to say",
        _408="The body came too slowly",
        _413="Too large",
        _415="Content type unknown, or compressed",
        _422="The contract refuses it",
        _429="More than the partner's limit; Retry-After says when to come again",
        _431="The head is too large",
        _503="Nothing was written; Retry-After says when to come again",
    ),
}
_GET_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The fate and its history"},
    **_problems(
        _401="No credential, or nobody's",
        _404="Unknown, or another partner's",
        _429="More than the partner's limit; Retry-After says when to come again",
        _503="Ask again later",
    ),
}
