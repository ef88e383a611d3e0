"""Stands before every page of the board: nobody comes by who is not an operator.

It asks by the beginning of the path and not route by route, so that what is added under `/board` is kept too.
"""

from typing import Final
from urllib.parse import urlencode

from fastapi import Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ops.board.entrance import BoardEntrance, NotKnown, Operator, nobody
from ops.board.frame import START, board_page
from outcomes_service.dashboard.layout import wants_json
from outcomes_service.dashboard.staff.gate import problem, too_many
from servicekit.entrance import COOKIE, TooManyAttempts

SIGN_IN: Final = f"{START}/sign-in"
_FOR_SCRIPTS: Final = (f"{START}/api/", f"{START}/live")


class Gate:
    """ASGI: around the whole application."""

    def __init__(self, app: ASGIApp, entrance: BoardEntrance) -> None:
        self._app, self._entrance = app, entrance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request by, or answer it."""
        if scope["type"] == "http" and _is_kept(scope["path"]):
            refusal = await self._refusal(Request(scope))
            if refusal is not None:
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _refusal(self, request: Request) -> Response | None:
        if self._entrance.live_without_sign_in:
            request.state.operator = nobody(request)
            return None
        try:
            member, remembered = await self._entrance.look(request)
        except TooManyAttempts as many:
            return too_many(many)
        except NotKnown:
            said = "MongoDB is away, so nobody can say who you are. Who was here within the last quarter of an hour is "
            return _told(request, 503, "Nobody new comes in now", said + "let in. On this machine: footing status.")
        if member is None:
            return _not_signed_in(request)
        request.state.operator = Operator(member.name, COOKIE in request.cookies, remembered)
        if not member.operator:
            said = f"You are signed in as {member.name}, who is no operator. Whoever runs Footing can change that: "
            return _told(request, 403, "The board is for operators", f"{said}footing staff operator {member.name}.")
        return None


def _is_kept(path: str) -> bool:
    return path == START or (path.startswith(f"{START}/") and path != SIGN_IN)


def _not_signed_in(request: Request) -> Response:
    path: str = request.scope["path"]
    if path.startswith(_FOR_SCRIPTS) or wants_json(request):
        said = "A bearer token of an operator, or a session, is needed."
        return problem(401, "Not signed in", said, {"WWW-Authenticate": "Bearer"})
    query = request.scope["query_string"].decode("ascii", "replace")
    back = f"{path}?{query}" if query else path
    return Response(status_code=303, headers={"Location": f"{SIGN_IN}?{urlencode({'next': back})}"})


def _told(request: Request, status: int, title: str, detail: str) -> Response:
    if request.scope["path"].startswith(_FOR_SCRIPTS) or wants_json(request):
        return problem(status, title, detail)
    return board_page(request, "not_let_in.html", status=status, title=title, detail=detail)
