"""The door's own API: publish events, ask what became of one. Every refusal is problem+json and echoes nothing."""

import asyncio
import re
from datetime import UTC, datetime
from typing import Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from fastapi.security import HTTPBearer

from contracts.codec import STRUCTURED
from contracts.envelope import UUID_PATTERN, Problem, Refusal
from contracts.topics import LARGEST_VALUE_BYTES
from door_service import domain
from door_service.counted import Outcomes
from door_service.domain import (
    BATCH,
    JSON,
    LARGEST_BATCH_BYTES,
    LARGEST_BODY_BYTES,
    RETRY_AFTER_SECONDS,
    Declined,
    Taken,
    unavailable,
)
from door_service.store import Door
from servicekit.partners import Partner
from servicekit.running import Running

_SLOWEST_BODY_SECONDS: Final = 10.0
_TOKEN: Final = HTTPBearer(auto_error=False, description="The partner's token, as `footing partner add` showed it")
_HANG_UP: Final = {"Connection": "close"}  # what is left of the body is not read, however long it is
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
        running: Running = request.app.state.running
        try:
            partner, kind = await _who_and_what(door, running, request)
            body = await _body(request, kind)
            now = datetime.now(UTC)
            if kind == BATCH:
                return await _publish_batch(door, running, partner, domain.batch(body, partner, now))
            one = (
                domain.structured(body, partner, now)
                if kind == STRUCTURED
                else domain.binary(request.headers.raw, body, partner, now)
            )
            if isinstance(one, Refusal):
                raise Declined(domain.status_of(one.problem), one.problem)
            if not (await door.take(running, partner, [one]))[0]:
                raise unavailable()
        except Declined as declined:
            return _problem(declined)
        answer = {"event_id": one.event.id, "type": one.event.type, "fate": "received"}
        return JSONResponse(answer, 202, headers={"Location": f"/events/{one.event.id}"})

    @api.get("/events/{event_id}", responses=_GET_RESPONSES)
    async def fate(request: Request, event_id: str, type: str | None = None) -> Response:
        """What became of an event: its fate, why if it was refused, every receipt with its time, what it is counted in.

        Where events of several types share the id, `type` chooses one. Another partner's event is unknown.
        """
        running: Running = request.app.state.running
        try:
            partner = await door.partner(running, request)
            known = None
            if _UUID.match(event_id):
                known = domain.told(await door.fates(running, partner, event_id), type)
            if known is None:
                raise Declined(404, Problem("unknown", "id", "the id of an event that you published"))
        except Declined as declined:
            return _problem(declined)
        return JSONResponse(await outcomes.added_to(known, partner.name))

    return api


async def _publish_batch(
    door: Door, running: Running, partner: Partner, found: list[Taken | Refusal] | Problem
) -> Response:
    if isinstance(found, Problem):
        raise Declined(domain.status_of(found), found)
    taken = [each for each in found if isinstance(each, Taken)]
    done = await door.take(running, partner, taken) if taken else []
    if taken and not any(done):
        raise unavailable()
    outcome = iter(done)
    return JSONResponse([_verdict(each, isinstance(each, Taken) and next(outcome)) for each in found])


def _verdict(each: Taken | Refusal, is_done: bool) -> dict[str, Any]:
    match each:
        case Taken(event=event) if is_done:
            return {"id": event.id, "status": 202, "location": f"/events/{event.id}"}
        case Taken(event=event):
            away = unavailable()
            return {"id": event.id, **domain.problem_json(away.status, away.problem)}
        case Refusal(problem=problem, event_id=event_id):
            return {"id": event_id, **domain.problem_json(domain.status_of(problem), problem)}


async def _who_and_what(door: Door, running: Running, request: Request) -> tuple[Partner, str]:
    """The partner and the content type. Raises `Declined`."""
    try:
        return await door.partner(running, request), _content_type(request)
    except Declined:
        await _read(request, 0)
        raise


def _content_type(request: Request) -> str:
    """The one content type of the request. Raises `Declined`."""
    headers = request.headers
    kind = domain.kind_of(headers.get("content-type", ""), headers.get("content-encoding", ""))
    if isinstance(kind, Problem):
        raise Declined(domain.status_of(kind), kind)
    return kind


async def _body(request: Request, kind: str) -> bytes:
    """The body, if it is small enough and comes in time. No more of it than that is ever held. Raises `Declined`."""
    most_bytes = LARGEST_BODY_BYTES[kind]
    announced = request.headers.get("content-length", "")
    is_larger = announced.isdecimal() and int(announced) > most_bytes
    body = await _read(request, 0 if is_larger else most_bytes)
    if is_larger or body is None:
        problem = domain.too_large(kind)
        raise Declined(domain.status_of(problem), problem)
    return body


async def _read(request: Request, most_bytes: int) -> bytes | None:
    """Read at most so much; None if there is more. Some of the rest is thrown away unread: a client that is still
    sending when the connection closes would never see the answer.
    """
    body, discarded = bytearray(), 0
    try:
        async with asyncio.timeout(_SLOWEST_BODY_SECONDS):
            async for part in request.stream():
                if discarded or len(body) + len(part) > most_bytes:
                    discarded += len(part)
                    body.clear()
                else:
                    body += part
                if discarded > LARGEST_BATCH_BYTES:
                    break
    except TimeoutError:
        raise Declined(408, Problem("too_slow", "value", f"within {_SLOWEST_BODY_SECONDS:.0f} seconds")) from None
    return None if discarded else bytes(body)


def _problem(declined: Declined) -> JSONResponse:
    headers = {
        401: {"WWW-Authenticate": "Bearer", **_HANG_UP},
        408: _HANG_UP,
        413: _HANG_UP,
        415: _HANG_UP,
        503: {"Retry-After": str(RETRY_AFTER_SECONDS)},
    }
    return JSONResponse(
        domain.problem_json(declined.status, declined.problem),
        declined.status,
        headers=headers.get(declined.status),
        media_type="application/problem+json",
    )


_PROBLEM_SCHEMA: Final = {
    "type": "object",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
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
        _503="Nothing was written; Retry-After says when to come again",
    ),
}
_GET_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The fate and its history"},
    **_problems(_401="No credential, or nobody's", _404="Unknown, or another partner's", _503="Ask again later"),
}
