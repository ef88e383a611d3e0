"""Who comes in to the board: staff who are operators. While MongoDB is away, who came in a little while before."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from fastapi import Request
from pymongo.errors import PyMongoError

from outcomes_service.dashboard.layout import NotHere
from servicekit.clock import seconds_now
from servicekit.entrance import COOKIE, Entrance, is_our_own_form
from servicekit.partners import token_hash
from servicekit.signing_in import Member

REMEMBERED_SECONDS: Final = 15 * 60.0
NOBODY: Final = "nobody signed in"
_MOST: Final = 1000
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Operator:
    """Who looks. `signed_in`: by a session, which can be ended. `remembered`: nobody could be asked; only to look."""

    name: str
    signed_in: bool = False
    remembered: bool = False


class NotKnown(Exception):  # noqa: N818  an answer, not a fault
    """MongoDB is away, so nobody who is new can be asked who they are."""


class BoardEntrance(Entrance):
    """Remembers in memory whom it let in. `is_away`: MongoDB is known to be away, and no page waits for it."""

    def __init__(
        self,
        *,
        live_without_sign_in: bool,
        is_away: Callable[[], bool] = lambda: False,
        now: Callable[[], float] = seconds_now,
    ) -> None:
        super().__init__(live_without_sign_in=live_without_sign_in)
        self._is_away, self._now = is_away, now
        self._let_in: dict[str, tuple[float, Member]] = {}

    async def look(self, request: Request) -> tuple[Member | None, bool]:
        """Who asks, and whether that is only remembered. Raises `NotKnown`, and `TooManyAttempts`."""
        key = _key(request)
        if self._is_away():
            return self._remembered(key), True
        try:
            member = await self.who(request)
        except PyMongoError:
            return self._remembered(key), True
        self._let_in.pop(key, None)
        if member is not None:
            self._let_in[key] = self._now(), member
            if len(self._let_in) > _MOST:
                del self._let_in[next(iter(self._let_in))]  # whoever came longest ago
        return member, False

    async def end(self, request: Request) -> None:
        """Sign out, also here where it was remembered."""
        self._let_in.pop(_key(request), None)
        await super().end(request)

    def _remembered(self, key: str) -> Member:
        let_in_at, member = self._let_in.get(key, (0.0, None))
        if member is None or self._now() - let_in_at >= REMEMBERED_SECONDS:
            raise NotKnown
        return member


def nobody(request: Request) -> Operator:
    """Who acts where nobody has to sign in."""
    del request
    return Operator(os.environ.get("FOOTING_OPERATOR", "").strip() or NOBODY)


def operator_of(request: Request) -> Operator:
    """Who looks, as the gate found out."""
    found: Operator = request.state.operator
    return found


def require_operator(request: Request) -> str:
    """Whoever may act now, by the name for the audit log: the first line of everything that is done by POST.

    Raises `NotHere`, which becomes a page: the form is not ours, or nobody can say now who this is.
    """
    who = operator_of(request)
    if not is_our_own_form(request):
        raise NotHere("Not done", "The form did not come from a page of the board. Go back and try again.", status=403)
    if who.remembered:
        said = "MongoDB is away, so nobody can say now who you are. You may look, and act when it is back."
        raise NotHere("Not done", said, status=503)
    is_open = here_is_open(request)
    if is_open and request.url.hostname not in _LOOPBACK:
        raise NotHere("Not done", "Without sign-in one acts from this machine alone.", status=403)
    return who.name


def here_is_open(request: Request) -> bool:
    """Whether nobody has to sign in."""
    found: Entrance = request.app.state.running.entrance
    return found.live_without_sign_in


def _key(request: Request) -> str:
    """What they show, as a hash: tokens are not kept."""
    return token_hash(request.headers.get("authorization") or request.cookies.get(COOKIE, ""))
