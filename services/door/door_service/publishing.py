"""`POST /events`: from a request to what is in the inbox, one event or a batch of them."""

import asyncio
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from fastapi import Request
from fastapi.responses import Response

from contracts.codec import STRUCTURED
from contracts.envelope import Problem, Refusal
from door_service import domain, problems
from door_service.bodies import Body
from door_service.domain import BATCH, LARGEST_BODY_BYTES, Declined, Taken, unavailable
from door_service.store import Door
from door_service.traced import traced
from servicekit.admission import DISABLED
from servicekit.partners import Partner
from servicekit.problems import problem_json
from servicekit.running import Running

_AT_A_STRETCH: Final = 50  # events of a batch that are read before others have their turn: some milliseconds


async def publish(door: Door, request: Request) -> Response:
    """The answer to a request to publish."""

    async def answer() -> Response:
        body = Body(request)
        try:
            return await _published(door, request, body)
        except Declined as declined:
            return problems.answer(declined, hang_up=not await body.discard())

    return await traced(request, "/events", answer)


async def _published(door: Door, request: Request, body: Body) -> Response:
    running: Running = request.app.state.running
    partner = await door.come_in(running, request)
    try:
        return await _taken_in(door, running, partner, request, body)
    except Declined as declined:
        door.step.refused(running, partner, declined.problem)
        raise


async def _taken_in(door: Door, running: Running, partner: Partner, request: Request, body: Body) -> Response:
    if partner.disabled:  # before a body of it is held
        raise Declined(403, DISABLED)
    kind = _kind(request)
    most_bytes = LARGEST_BODY_BYTES[kind]
    with door.limits.holding(partner, most_bytes if body.announced is None else min(body.announced, most_bytes)):
        sent = await body.read(most_bytes, domain.too_large(kind))
        if kind == BATCH:
            return await _many(door, running, partner, sent)
        now = datetime.now(UTC)
        if kind == STRUCTURED:
            return await _one(door, running, partner, "structured", domain.structured(sent, partner, now))
        return await _one(door, running, partner, "binary", domain.binary(request.headers.raw, sent, partner, now))


def _kind(request: Request) -> str:
    headers = request.headers
    kind = domain.kind_of(headers.get("content-type", ""), headers.get("content-encoding", ""))
    if isinstance(kind, Problem):
        raise Declined(domain.status_of(kind), kind)
    return kind


async def _one(door: Door, running: Running, partner: Partner, mode: str, one: Taken | Refusal) -> Response:
    if isinstance(one, Refusal):
        door.step.refused(running, partner, one)
        raise Declined(domain.status_of(one.problem), one.problem)
    if not (await door.take(running, partner, [one]))[0]:
        raise unavailable()
    door.step.took(running, partner, mode)
    told = {"event_id": one.event.id, "type": one.event.type, "fate": "received"}
    return _json(told, 202, {"Location": f"/events/{one.event.id}"})


async def _many(door: Door, running: Running, partner: Partner, sent: bytes) -> Response:
    events = domain.events_of(sent)
    if isinstance(events, Problem):
        raise Declined(domain.status_of(events), events)
    door.limits.take(partner, len(events) - 1)  # the request took the first
    found, now = [], datetime.now(UTC)
    for number, event in enumerate(events, 1):
        found.append(domain.structured(event, partner, now))
        if number % _AT_A_STRETCH == 0:
            await asyncio.sleep(0)
    for each in found:
        if isinstance(each, Refusal):
            door.step.refused(running, partner, each)
    taken = [each for each in found if isinstance(each, Taken)]
    done = await door.take(running, partner, taken) if taken else []
    if taken and not any(done):
        raise unavailable()
    outcome = iter(done)
    return _json([_verdict(each, isinstance(each, Taken) and next(outcome)) for each in found], 200)


def _verdict(each: Taken | Refusal, is_done: bool) -> dict[str, Any]:
    match each:
        case Taken(event=event) if is_done:
            return {"id": event.id, "status": 202, "location": f"/events/{event.id}"}
        case Taken(event=event):
            away = unavailable()
            return {"id": event.id, **problem_json(away.status, away.problem)}
        case Refusal(problem=problem, event_id=event_id):
            return {"id": event_id, **problem_json(domain.status_of(problem), problem)}


def _json(told: object, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(told), status, headers, "application/json")
