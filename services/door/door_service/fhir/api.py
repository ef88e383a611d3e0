"""`POST /fhir/$process-message` and `GET /fhir/metadata`: the routes of systems that speak FHIR."""

from datetime import UTC, datetime
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from contracts.envelope import Problem
from contracts.reasons import REASONS
from contracts.topics import LARGEST_VALUE_BYTES
from contracts.wire import media_type
from door_service import domain, problems
from door_service.bodies import Body
from door_service.domain import Declined, unavailable
from door_service.fhir import answers, bundle
from door_service.fhir.answers import FHIR_JSON
from door_service.fhir.bundle import Unmapped
from door_service.fhir.known import Known
from door_service.fhir.taking import taken
from door_service.store import Door
from door_service.traced import traced
from servicekit.running import Running

KINDS: Final = (FHIR_JSON, domain.JSON)
_TOO_LARGE: Final = Problem("too_large", "value", f"at most {LARGEST_VALUE_BYTES} bytes")


def routes(door: Door, known: Known) -> APIRouter:
    """The routes of the FHIR door."""
    api = APIRouter(prefix="/fhir")

    @api.post("/$process-message", responses=_RESPONSES, openapi_extra=_BODY)
    async def process_message(request: Request) -> Response:
        """Take a BaRS message whose focus is a ServiceRequest: a referral, its cancellation, or that it was an error.

        200 with a message that says ok, once the event is in the inbox; `Location` tells where its fate can be asked.
        Sending a message again is safe: it counts once.
        """

        async def answer() -> Response:
            body = Body(request)
            try:
                return await _processed(door, known, request, body)
            except Declined as declined:
                return _declined(declined, hang_up=not await body.discard())

        return await traced(request, "/fhir/$process-message", answer)

    @api.get("/metadata", responses={200: {"content": {FHIR_JSON: {}}, "description": "The CapabilityStatement"}})
    async def metadata() -> Response:
        """What this door understands, as a CapabilityStatement."""
        return JSONResponse(answers.capability(), media_type=FHIR_JSON)

    return api


async def _processed(door: Door, known: Known, request: Request, body: Body) -> Response:
    running: Running = request.app.state.running
    partner = await door.come_in(running, request)
    _check_kind(request)
    held = LARGEST_VALUE_BYTES if body.announced is None else min(body.announced, LARGEST_VALUE_BYTES)
    with door.limits.holding(partner, held):
        sent = await body.read(LARGEST_VALUE_BYTES, _TOO_LARGE)
        now = datetime.now(UTC)
        try:
            message = bundle.read(sent)
            one = taken(message, partner, known, now)
        except Unmapped as unmapped:
            return _unmapped(unmapped)
    if not (await door.take(running, partner, [one]))[0]:
        raise unavailable()
    told = answers.response(message, one.event.subject, one.event.id, now)
    where = {"Location": f"/events/{one.event.id}"}
    return JSONResponse(told, headers=where, media_type=FHIR_JSON)


def _check_kind(request: Request) -> None:
    """Raise `Declined` unless the body is plain FHIR JSON."""
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Declined(415, Problem("compressed", "content-encoding", "none"))
    if media_type(request.headers.get("content-type", "")) not in KINDS:
        raise Declined(415, Problem("content_type_unknown", "content-type", f"{' or '.join(KINDS)}, in UTF-8"))


def _unmapped(unmapped: Unmapped) -> Response:
    status = REASONS[unmapped.code].status
    return JSONResponse(
        answers.outcome(status, unmapped.code, unmapped.path, unmapped.expected), status, media_type=FHIR_JSON
    )


def _declined(declined: Declined, *, hang_up: bool) -> Response:
    """The same as /events answers, as an OperationOutcome."""
    problem = declined.problem
    return JSONResponse(
        answers.outcome(declined.status, problem.code, None, problem.expected),
        declined.status,
        headers=problems.headers(declined, hang_up=hang_up),
        media_type=FHIR_JSON,
    )


_RESOURCE: Final = {"type": "object", "required": ["resourceType"], "properties": {"resourceType": {"type": "string"}}}
_BODY: Final = {
    "requestBody": {
        "required": True,
        "description": f"A message Bundle of at most {LARGEST_VALUE_BYTES} bytes.",
        "content": {kind: {"schema": _RESOURCE} for kind in KINDS},
    },
}


def _outcomes(**about: str) -> dict[int | str, dict[str, Any]]:
    content = {FHIR_JSON: {"schema": _RESOURCE}}
    return {status.strip("_"): {"description": text, "content": content} for status, text in about.items()}


_RESPONSES: Final = _outcomes(
    _200="A message whose MessageHeader.response says ok: the event is in the inbox",
    _400="Not readable; an OperationOutcome, as are all that follow",
    _401="No credential, or nobody's",
    _403="Not yours to say",
    _408="The body came too slowly",
    _413="Too large",
    _415="Content type unknown, or compressed",
    _422="It cannot be mapped: the expression says where",
    _429="Too many; Retry-After says when to come again",
    _503="Nothing was written; Retry-After says when to come again",
)
