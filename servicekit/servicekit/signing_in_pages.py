"""Signing in and out: two forms, sent from our own pages only."""

import asyncio
import re
from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qsl

from fastapi import Request, Response

from servicekit.entrance import Entrance, TooManyAttempts, forget, is_our_own_form, keep

# What follows the start in the path of a page of ours: no host, no second slash, nothing that a browser reads as one.
_BEHIND: Final = re.compile(r"(/[A-Za-z0-9._:-]+)*(\?[A-Za-z0-9._~:,&=%+-]*)?")
_LARGEST_FORM_BYTES: Final = 4096
_SLOWEST_FORM_SECONDS: Final = 10

Form = Callable[[str, str | None, int], Response]
"""The page that asks: the page that is wanted then, what was wrong, the status."""


class SigningIn:
    """The pages of the way in to those under `start`: `.../sign-in` and `.../sign-out`."""

    def __init__(self, entrance: Entrance, start: str, form: Form) -> None:
        self._entrance, self._start, self._form = entrance, start, form

    async def ask(self, request: Request) -> Response:
        """The form."""
        return self._form(safe(request.query_params.get("next"), self._start), None, 200)

    async def sign_in(self, request: Request) -> Response:
        """The form, sent: to the page that was wanted, or the form again with what was wrong."""
        said = await read_form(request)
        wanted = safe(said.get("next"), self._start)
        if not is_our_own_form(request):
            return self._form(wanted, "The form did not come from this page. Try again.", 403)
        try:
            cookie = await self._entrance.begin(request, said.get("token", "").strip())
        except TooManyAttempts as many:
            answer = self._form(wanted, f"Wrong too often. Try again in {many.seconds} seconds.", 429)
            answer.headers["Retry-After"] = str(many.seconds)
            return answer
        if cookie is None:
            return self._form(wanted, "Nobody is known by this token. Check that all of it was copied.", 403)
        return keep(to(wanted), request, cookie)

    async def sign_out(self, request: Request) -> Response:
        """Ends the session."""
        if not is_our_own_form(request):
            return self._form(self._start, "The form did not come from a page of ours. You are still signed in.", 403)
        await self._entrance.end(request)
        return forget(to(f"{self._start}/sign-in"), request)


def safe(wanted: str | None, start: str) -> str:
    """The page to go to, if it is one of ours; else the first."""
    is_ours = wanted is not None and wanted.startswith(start) and _BEHIND.fullmatch(wanted, len(start))
    return wanted if wanted and is_ours else start


def to(path: str) -> Response:
    """Send whoever asks to another page."""
    return Response(status_code=303, headers={"Location": path, "Cache-Control": "no-store"})


async def read_form(request: Request, most_fields: int = 5) -> dict[str, str]:
    """What the form says; nothing where it is too long, too slow or no form."""
    body = bytearray()
    try:
        async with asyncio.timeout(_SLOWEST_FORM_SECONDS):
            async for part in request.stream():
                body += part
                if len(body) > _LARGEST_FORM_BYTES:
                    return {}
        return dict(parse_qsl(body.decode("ascii"), max_num_fields=most_fields))
    except (TimeoutError, ValueError):
        return {}
