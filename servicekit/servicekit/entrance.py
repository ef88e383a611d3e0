"""The way in for staff: a bearer token or a session's cookie says who somebody is; mistakes are limited."""

import hmac
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import Request, Response

from servicekit.attempts import Attempts
from servicekit.signing_in import LONGEST_SESSION, SESSIONS, STAFF, Member, Sessions, SignIn, Tokens

COOKIE: Final = "footing-staff"
_BEARER: Final = "bearer "
EVERYBODY: Final = Member(name="")
"""Who asks where nobody has to sign in."""


class TooManyAttempts(Exception):  # noqa: N818  an answer, not a fault
    """Wrong too often from there: nothing is compared before so many seconds have passed."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Entrance:
    """One for the gate and the sign-in page of a process, which has the registry as `app.state.running.registry`."""

    def __init__(self, *, live_without_sign_in: bool, door_secret: str = "") -> None:
        self.live_without_sign_in = live_without_sign_in
        self._door = door_secret
        self._attempts = Attempts()

    def is_the_door(self, request: Request) -> bool:
        """Whether our own door asks: it shows the secret that it shares with us."""
        shown = _bearer(request).encode()
        return bool(self._door) and hmac.compare_digest(shown, self._door.encode())

    async def who(self, request: Request) -> Member | None:
        """Who asks; None: nobody that we know. Raises `TooManyAttempts`."""
        if credential := _bearer(request):
            return await self._by_credential(request, credential)
        said = request.cookies.get(COOKIE)
        return await _sessions(request).who(said, datetime.now(UTC)) if said else None

    async def begin(self, request: Request, credential: str) -> str | None:
        """Sign in: what the cookie is to say, or None where nobody is known by this. Raises `TooManyAttempts`."""
        member = await self._by_credential(request, credential)
        if member is None:
            return None
        await self.end(request)
        return await _sessions(request).begin(member, datetime.now(UTC))

    async def end(self, request: Request) -> None:
        """Sign out whoever is signed in."""
        if said := request.cookies.get(COOKIE):
            await _sessions(request).end(said)

    async def _by_credential(self, request: Request, credential: str) -> Member | None:
        caller = request.client.host if request.client else ""
        if seconds := self._attempts.take(caller):
            raise TooManyAttempts(seconds)
        member = await _sign_in(request).by_credential(credential)
        if member is not None:
            self._attempts.give_back(caller)
        return member


def member_of(request: Request) -> Member:
    """Who asks, as the gate found out."""
    found: Member = getattr(request.state, "member", EVERYBODY)
    return found


def is_our_own_form(request: Request) -> bool:
    """Whether a form was sent from a page of ours. A browser says where it is from; what says nothing is no browser."""
    if (site := request.headers.get("sec-fetch-site")) is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def keep(response: Response, request: Request, said: str) -> Response:
    """The answer with the session's cookie. It goes over HTTPS alone where that is how the request came."""
    response.set_cookie(COOKIE, said, max_age=int(LONGEST_SESSION.total_seconds()), **_kept(request))
    return response


def forget(response: Response, request: Request) -> Response:
    """The answer that takes the cookie back."""
    response.delete_cookie(COOKIE, **_kept(request))
    return response


def _kept(request: Request) -> dict[str, Any]:
    said = request.headers.get("x-forwarded-proto", "").partition(",")[0].strip()  # the nearest to the client is first
    over_https = "https" in (request.scope["scheme"], said)
    return {"path": "/", "httponly": True, "samesite": "strict", "secure": over_https}


def _bearer(request: Request) -> str:
    said = request.headers.get("authorization", "")
    return said[len(_BEARER) :].strip() if said[: len(_BEARER)].lower() == _BEARER else ""


def _sign_in(request: Request) -> SignIn:
    return Tokens(_registry(request)[STAFF])


def _sessions(request: Request) -> Sessions:
    return Sessions(_registry(request)[SESSIONS], _sign_in(request))


def _registry(request: Request) -> Any:
    return request.app.state.running.registry.database
