"""The span of a request that brings events, where anything is traced."""

from collections.abc import Awaitable, Callable

from fastapi import Request
from fastapi.responses import Response

from servicekit.running import Running


async def traced(request: Request, route: str, answer: Callable[[], Awaitable[Response]]) -> Response:
    """The answer. Its span continues what the partner says of the request or, in binary mode, of the event."""
    running: Running = request.app.state.running
    if running.tracing is None:
        return await answer()
    parents = (request.headers.get("traceparent"), request.headers.get("ce-traceparent"))
    with running.tracing.of_request(request.method, route, parents) as span:
        response = await answer()
        span.set_attribute("http.response.status_code", response.status_code)
        return response
