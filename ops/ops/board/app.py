"""The board, put together, and how its process runs."""

import asyncio
import signal
from collections.abc import Callable
from typing import Any, Final

import structlog
from fastapi import APIRouter, FastAPI, Request, Response
from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from ops.board import assets, frame
from ops.board.entrance import BoardEntrance
from ops.board.frame import START, TEMPLATES
from ops.board.gate import SIGN_IN, Gate
from ops.board.here import Here
from ops.board.pages import auditing, loops, mendings, now, parked, partners, reading, under_way
from ops.board.settings import BoardSettings
from ops.errors import Missing
from ops.standing.asking import Installation
from outcomes_service.dashboard.assets import answer
from outcomes_service.dashboard.layout import OWN_ONLY, SAFE, STAFF_SCRIPTS, NotHere
from servicekit import listening, logs
from servicekit.giving_up import end_soon_after
from servicekit.http import NONE_OF_ITS_OWN
from servicekit.problems import on_bug
from servicekit.signing_in_pages import SigningIn
from servicekit.tending import end
from servicekit.unhandled import unhandled

PAGES: Final[tuple[Callable[[], APIRouter], ...]] = (
    now.routes, parked.routes, mendings.routes, loops.routes, partners.routes, under_way.routes, auditing.routes,
    reading.routes,
)  # fmt: skip

log = structlog.get_logger()


def build(here: Here) -> FastAPI:
    """The application; its pages find `Here` by `ops.board.here.here`."""
    app = FastAPI(
        title="Footing board", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False,
        telemetry=NONE_OF_ITS_OWN,
    )  # fmt: skip
    app.state.running = here
    app.add_middleware(Gate, entrance=here.entrance)
    app.add_exception_handler(NotHere, frame.on_not_here)  # type: ignore[arg-type]  # they are given these alone
    app.add_exception_handler(Missing, frame.on_missing)  # type: ignore[arg-type]
    app.add_exception_handler(PyMongoError, frame.on_mongodb)
    for status in (404, 405):
        app.add_exception_handler(status, frame.on_no_page)
    app.add_exception_handler(Exception, on_bug)
    app.include_router(_way_in(here.entrance))
    for routes in PAGES:
        app.include_router(routes())
    return app


async def serve(here: Here, started: asyncio.Event | None = None, stop: asyncio.Event | None = None) -> None:
    """Run the board in this event loop; `started` is set once it serves, set `stop` to end it."""
    loop = asyncio.get_running_loop()
    here.stopping = stopping = stop or asyncio.Event()
    loop.set_exception_handler(unhandled)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    server = listening.server(build(here), here.settings.http_host, here.settings.http_port)
    http = asyncio.create_task(server._serve(), name="http")  # not serve(): that would take the signals from us
    looking = asyncio.create_task(here.sampler.follow(), name="sampler")
    try:
        log.info("started", service="board", installation=here.installation.name, port=here.settings.http_port)
        if started is not None:
            started.set()
        await stopping.wait()
    finally:
        stopping.set()
        here.sampler.moved.set()
        server.should_exit = True
        await end(looking)
        await asyncio.gather(http, return_exceptions=True)
        await here.client.close()
        log.info("stopped", service="board")


def run(installation: Installation, settings: BoardSettings) -> None:
    """Run the board until it is told to stop."""
    logs.configure(settings.log_format)

    async def made_and_served() -> None:
        client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(**settings.mongo_connection())
        stop = asyncio.Event()
        watching = asyncio.create_task(end_soon_after(stop))
        await serve(Here(installation, settings, client), stop=stop)
        await watching

    asyncio.run(made_and_served())


def _way_in(entrance: BoardEntrance) -> APIRouter:
    """Signing in and out, files, health, and what stands at `/`."""
    router = APIRouter()

    def form(wanted: str, wrong: str | None, status: int) -> Response:
        values = {"here": None, "staff": True, "sections": (), "who": None, "is_open": entrance.live_without_sign_in}
        html = TEMPLATES.get_template("board/sign_in.html").render({**values, "wanted": wanted, "wrong": wrong})
        headers = {**SAFE, "Content-Security-Policy": OWN_ONLY + STAFF_SCRIPTS, "Cache-Control": "no-store"}
        return Response(html, status, media_type="text/html; charset=utf-8", headers=headers)

    way_in = SigningIn(entrance, START, form)
    router.add_api_route(SIGN_IN, way_in.ask, methods=["GET"], response_model=None)
    router.add_api_route(SIGN_IN, way_in.sign_in, methods=["POST"], response_model=None)
    router.add_api_route(f"{START}/sign-out", way_in.sign_out, methods=["POST"], response_model=None)
    router.add_api_route("/", _to_start, methods=["GET"], response_model=None)
    router.add_api_route("/assets/{name}", _asset, methods=["GET"], response_model=None)
    router.add_api_route("/health/live", _live, methods=["GET"])
    router.add_api_route("/health/ready", _ready, methods=["GET"], response_model=None)
    return router


async def _to_start() -> Response:
    return Response(status_code=303, headers={"Location": START})


async def _live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


async def _ready(request: Request) -> Response:
    """The board looks. What it sees may be anything: it is there to show that."""
    looks = request.app.state.running.sampler.looks
    body = b'{"status":"ready"}' if looks else b'{"status":"not ready"}'
    return Response(body, 200 if looks else 503, media_type="application/json")


async def _asset(request: Request) -> Response:
    if (found := assets.assets().get(request.path_params["name"])) is None:
        raise NotHere("No such file", f"There are: {', '.join(assets.assets())}.")
    return answer(found, request.query_params.get("v"))
