"""What every service answers over HTTP: whether it lives, whether it makes progress, its metrics, and its own API."""

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.telemetry import TelemetryConfig
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from servicekit.backlog import backlog_of
from servicekit.problems import OF_THE_ROUTER, on_bug, on_no_route
from servicekit.timing import TimedAnswers

if TYPE_CHECKING:
    from servicekit.running import Running

# FastAPI's own spans and logs have whole paths, in which ids stand, and the texts and traces of exceptions.
NONE_OF_ITS_OWN: Final[TelemetryConfig] = {
    "tracing": False, "metrics": False, "logs": False, "operation_spans": False, "auto_configure": False,
}  # fmt: skip


def application(running: "Running") -> FastAPI:
    """The service's HTTP application; handlers find `Running` as `request.app.state.running`."""
    title = f"Footing {running.service.name}"
    app = FastAPI(
        title=title,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a redirection echoes the path
        telemetry=NONE_OF_ITS_OWN,
    )
    app.state.running = running
    for wrap in reversed(running.service.wraps):
        app.add_middleware(wrap)
    app.add_middleware(TimedAnswers, metrics=running.metrics)
    for status in OF_THE_ROUTER:
        app.add_exception_handler(status, on_no_route)  # type: ignore[arg-type]  # of an HTTPException
    app.add_exception_handler(Exception, on_bug)
    app.add_api_route("/health/live", _live, include_in_schema=False)
    app.add_api_route("/health/ready", _ready, include_in_schema=False)
    app.add_api_route("/metrics", _metrics, include_in_schema=False)
    app.add_api_route("/api/standing", _standing, include_in_schema=False)
    if any(loop.hears.gate for loop in running.service.loops):
        app.add_api_route("/api/backlog", _backlog, include_in_schema=False)
    if running.service.routes is not None:
        app.include_router(running.service.routes)
    if running.service.openapi is not None:
        app.openapi = partial(running.service.openapi, app)  # type: ignore[method-assign]
    return app


async def _live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


async def _ready(request: Request) -> JSONResponse:
    """Every loop makes progress; 503 names those that do not, and why. One that is paused is as it shall be."""
    running: Running = request.app.state.running
    troubles = running.troubles()
    body: dict[str, Any] = {"status": "ready"} if not troubles else {"status": "not ready", "why": troubles}
    if held := running.paused:
        body["paused"] = {name: {"since": pause.since.isoformat()} for name, pause in held.items()}
    return JSONResponse(body, status_code=503 if troubles else 200)


async def _backlog(request: Request) -> Response:
    """What gates have in hand: what waits, what is parked, what is not yet sent. Numbers, and no identities."""
    said = await backlog_of(request.app.state.running)
    return Response(msgspec.json.encode(said), media_type="application/json")


async def _standing(request: Request) -> Response:
    """How the service stands, for operators: numbers, and no partner's name."""
    said = await request.app.state.running.lookout.standing()
    return Response(msgspec.json.encode(said), media_type="application/json")


async def _metrics(request: Request) -> Response:
    running = request.app.state.running
    await running.measuring.up_to_date(running)
    return Response(generate_latest(running.metrics.registry), media_type=CONTENT_TYPE_LATEST)
