"""Stands before every page for staff and every live answer: nobody comes by who is not known, and reads are put down.

It asks by the beginning of the path and not route by route, so that what is added under `/staff` or `/api` is kept too.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

import msgspec
from fastapi import Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from outcomes_service import declarations, reads
from outcomes_service.dashboard.layout import NotHere, not_here, wants_json
from schemes.model import Scheme
from servicekit.entrance import Entrance, TooManyAttempts, member_of
from servicekit.signing_in import Member

SIGN_IN: Final = "/staff/sign-in"
_LIVE: Final = "/staff/live"
_COUNTED_IN: Final = "/api/counted-in"
_STANDING: Final = "/api/standing"
_OF_A_SCHEME: Final = re.compile(r"/(api|staff|staff/live)/schemes/([^/]+)(/.*)?")
_OF_ALL: Final = re.compile(
    r"/api/schemes|/api/figures/[^/]+|/staff(?!/live/|/schemes/).*"
)  # these leave out what is not seen
_QUERIES: Final = ("scheme", "schemes", "scheme_id")


class Gate:
    """ASGI: around the whole application."""

    def __init__(self, app: ASGIApp, entrance: Entrance, schemes: Mapping[str, Scheme]) -> None:
        self._app, self._entrance, self._schemes = app, entrance, schemes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request by, or answer it."""
        if scope["type"] != "http" or not _is_kept(scope["path"]):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        refusal = await self._refusal(request)
        if refusal is not None:
            await refusal(scope, receive, send)
        else:
            await self._app(scope, receive, _noting(request, send))

    async def _refusal(self, request: Request) -> Response | None:
        path = path_of(request)
        if path.startswith("/api/"):
            if self._entrance.live_without_sign_in:
                return None
            if path == _COUNTED_IN and self._entrance.is_the_door(request):
                return None
        try:
            member = await self._entrance.who(request)
        except TooManyAttempts as many:
            return too_many(many)
        if member is None:
            return _not_signed_in(request)
        request.state.member = member
        return None if self._may_see(request, member) else self._not_theirs(request, member)

    def _may_see(self, request: Request, member: Member) -> bool:
        """Whether it is of schemes that they see. What names none is not, unless it leaves out the others by itself."""
        if member.schemes is None:
            return True
        asked = set(_asked(request))
        return asked <= member.schemes and (bool(asked) or _OF_ALL.fullmatch(path_of(request)) is not None)

    def _not_theirs(self, request: Request, member: Member) -> Response:
        """As if there were no others."""
        seen = [scheme for scheme in self._schemes.values() if member.sees(scheme.id)]
        there = [(f"/staff/schemes/{scheme.id}", scheme.id) for scheme in seen]
        missing = NotHere("No such scheme", "What is asked for is not of a scheme that you may see.", there)
        if path_of(request).startswith("/api/"):
            return problem(404, missing.title, f"{missing.detail} You may see: {', '.join(s.id for s in seen)}.")
        return not_here(request, missing, staff=True)


def path_of(request: Request) -> str:
    """The path by which the request is routed. `request.url` reads a `%3F` or `%23` in it as its end."""
    path: str = request.scope["path"]
    return path


def _is_kept(path: str) -> bool:
    if path == declarations.PATH or path.startswith(f"{declarations.PATH}/"):
        return False  # what measures mean is for everybody: no figure is in it
    if path == _STANDING:
        return False  # as health and metrics: it says nothing of anybody
    return path == "/staff" or (path.startswith(("/api/", "/staff/")) and path != SIGN_IN)


def _asked(request: Request) -> Iterable[str]:
    """The schemes that path and query name."""
    if named := _OF_A_SCHEME.fullmatch(path_of(request)):
        yield named[2]
    for name in _QUERIES:
        for value in request.query_params.getlist(name):
            yield from value.split(",")


def _noting(request: Request, send: Send) -> Send:
    """What is shown to a member is put down before it goes out."""
    name = member_of(request).name
    if not name or request.method != "GET":
        return send

    async def noted(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] < 300:
            database, asked = request.app.state.running.database, request.query_params.multi_items()
            await reads.note(database, name, path_of(request), asked, datetime.now(UTC))
        await send(message)

    return noted


def _not_signed_in(request: Request) -> Response:
    path = path_of(request)
    if path.startswith(("/api/", _LIVE)) or wants_json(request):
        said = "A bearer token of footing staff, or a session, is needed."
        return problem(401, "Not signed in", said, {"WWW-Authenticate": "Bearer"})
    query = request.scope["query_string"].decode("ascii", "replace")
    back = f"{path}?{query}" if query else path
    return Response(status_code=303, headers={"Location": f"{SIGN_IN}?{urlencode({'next': back})}"})


def too_many(many: TooManyAttempts) -> Response:
    """Wrong too often."""
    said = f"Wrong too often from this address: try again in {many.seconds} seconds."
    return problem(429, "Too many attempts", said, {"Retry-After": str(many.seconds)})


def problem(status: int, title: str, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """RFC 9457."""
    said = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    kept = {"Cache-Control": "no-store", **(headers or {})}
    return Response(msgspec.json.encode(said), status, media_type="application/problem+json", headers=kept)
