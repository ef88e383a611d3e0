"""Rebuilds and releases: how far they are, and the commands that move them."""

from typing import Final

from fastapi import APIRouter, Request, Response

from ops.board.frame import START, board_page
from ops.board.here import here
from outcomes_service.projections import rebuild_progress
from outcomes_service.projections.rebuilding import UNFINISHED
from outcomes_service.releases import shelf

UNDER_WAY: Final = f"{START}/under-way"


def routes() -> APIRouter:
    """The page."""
    router = APIRouter()
    router.add_api_route(UNDER_WAY, page, methods=["GET"], response_model=None)
    return router


async def page(request: Request) -> Response:
    """The latest rebuilds first, then drafts and what went out."""
    database = here(request).database_of("outcomes")
    rebuilds = list(reversed(await rebuild_progress.of_all(database)))
    return board_page(
        request, "board/under_way.html", here=UNDER_WAY, rebuilds=rebuilds, unfinished=UNFINISHED,
        at_work=await rebuild_progress.at_work(database), releases=await shelf.every(database),
    )  # fmt: skip
