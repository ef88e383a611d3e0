"""How everything stands now: the first page."""

from fastapi import APIRouter, Request, Response

from ops.board.frame import START, board_page


def routes() -> APIRouter:
    """The page."""
    router = APIRouter()
    router.add_api_route(START, page, methods=["GET"], response_model=None)
    return router


async def page(request: Request) -> Response:
    """The answer first, then all that it rests on."""
    return board_page(request, "board/now.html", here=START)
