"""The door's own API: publish events, ask what became of one. Every refusal is problem+json and echoes nothing."""

import re
from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute

from contracts.envelope import UUID_PATTERN, Problem
from door_service import domain, problems, publishing
from door_service.counted import Outcomes
from door_service.domain import Declined
from door_service.openapi.described import ASKED, PUBLISH, PUBLISHED
from door_service.store import Door
from servicekit.running import Running

_UUID: Final = re.compile(UUID_PATTERN)


class _Plain(APIRoute):
    """A route that gives its function the request as it is: what FastAPI does around that costs 70 us a request."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler: Callable[[Request], Coroutine[Any, Any, Response]] = self.endpoint
        return handler


def routes(door: Door, outcomes: Outcomes) -> APIRouter:
    """The routes of the door."""
    api = APIRouter()

    async def publish(request: Request) -> Response:
        """Publish one event (binary or structured CloudEvents mode), or a batch of up to 1,000.

        One: 202 once it is in the inbox; `Location` tells where its fate can be asked. A batch: 200 with a verdict for
        each event, in order; 503 if nothing was written. Sending an event again is safe: it counts once.
        """
        return await publishing.publish(door, request)

    api.add_api_route(
        "/events",
        publish,
        methods=["POST"],
        status_code=202,
        responses=PUBLISHED,
        openapi_extra=PUBLISH,
        operation_id="publish",
        route_class_override=_Plain,
    )

    @api.get("/events/{event_id}", responses=ASKED, tags=["events"], operation_id="fate")
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
