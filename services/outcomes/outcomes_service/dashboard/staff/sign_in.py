"""Signing in and out: two forms, sent from our own pages only."""

import asyncio
import re
from typing import Final
from urllib.parse import parse_qsl

from fastapi import Request, Response

from outcomes_service.dashboard.layout import page
from outcomes_service.dashboard.staff.entrance import (
    Entrance,
    TooManyAttempts,
    forget,
    is_our_own_form,
    keep,
)
from outcomes_service.dashboard.staff.gate import SIGN_IN

_START: Final = "/staff"
# A page of ours, by its path: no host, no second slash, nothing that a browser would read as one.
_OURS: Final = re.compile(r"/staff(/[A-Za-z0-9._:-]+)*(\?[A-Za-z0-9._~:,&=%+-]*)?")
_LARGEST_FORM_BYTES: Final = 4096
_SLOWEST_FORM_SECONDS: Final = 10


class SigningIn:
    """The pages of the way in."""

    def __init__(self, entrance: Entrance) -> None:
        self._entrance = entrance

    async def ask(self, request: Request) -> Response:
        """The form."""
        return _form(safe(request.query_params.get("next")))

    async def sign_in(self, request: Request) -> Response:
        """The form, sent: to the page that was wanted, or the form again with what was wrong."""
        said = await _read(request)
        wanted = safe(said.get("next"))
        if not is_our_own_form(request):
            return _form(wanted, "The form did not come from this page. Try again.", 403)
        try:
            cookie = await self._entrance.begin(request, said.get("token", "").strip())
        except TooManyAttempts as many:
            answer = _form(wanted, f"Wrong too often. Try again in {many.seconds} seconds.", 429)
            answer.headers["Retry-After"] = str(many.seconds)
            return answer
        if cookie is None:
            return _form(wanted, "Nobody is known by this token. Check that all of it was copied.", 403)
        return keep(_to(wanted), request, cookie)

    async def sign_out(self, request: Request) -> Response:
        """Ends the session."""
        if not is_our_own_form(request):
            return _form(_START, "The form did not come from a page of ours. You are still signed in.", 403)
        await self._entrance.end(request)
        return forget(_to(SIGN_IN), request)


def safe(wanted: str | None) -> str:
    """The page to go to, if it is one of ours; else the first."""
    return wanted if wanted and _OURS.fullmatch(wanted) else _START


def _form(wanted: str, wrong: str | None = None, status: int = 200) -> Response:
    return page("staff/sign_in.html", status=status, staff=True, wanted=wanted, wrong=wrong)


def _to(path: str) -> Response:
    return Response(status_code=303, headers={"Location": path, "Cache-Control": "no-store"})


async def _read(request: Request) -> dict[str, str]:
    """What the form says; nothing where it is too long, too slow or no form."""
    body = bytearray()
    try:
        async with asyncio.timeout(_SLOWEST_FORM_SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > _LARGEST_FORM_BYTES:
                    return {}
        return dict(parse_qsl(body.decode("ascii"), max_num_fields=5))
    except (TimeoutError, ValueError):
        return {}
