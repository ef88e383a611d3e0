"""Runbooks: what to do about what is not fine."""

from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from ops.board.frame import board_page
from ops.board.runbooks import RUNBOOKS, runbooks
from outcomes_service.dashboard.layout import NotHere


def routes() -> APIRouter:
    """The pages."""
    router = APIRouter()
    router.add_api_route(RUNBOOKS, list_all, methods=["GET"], response_model=None)
    router.add_api_route(f"{RUNBOOKS}/{{name}}", show, methods=["GET"], response_model=None)
    return router


async def list_all(request: Request) -> Response:
    """Every page, those that alerts name first."""
    return board_page(request, "board/runbooks.html", here=RUNBOOKS, runbooks=list(runbooks().values()))


async def show(request: Request) -> Response:
    """One page."""
    found = runbooks().get(request.path_params["name"])
    if found is None:
        there = [(f"{RUNBOOKS}/{page.name}", page.title) for page in runbooks().values()]
        raise NotHere("No such runbook", "No page of this name stands in docs/operate.", there)
    html = Markup(found.html)  # noqa: S704  made of our own pages, in which no HTML is let through
    return board_page(request, "board/runbook.html", here=RUNBOOKS, runbook=found, html=html)
