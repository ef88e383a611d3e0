"""The body of a request: never more of it is held than is allowed, and nobody waits for it for ever."""

import asyncio
from typing import Final

from fastapi import Request

from contracts.envelope import Problem
from door_service.domain import Declined
from servicekit.listening import NO_REQUEST

SLOWEST_BODY_SECONDS: Final = 10
_MOST_DISCARDED_BYTES: Final = 8 * 1024 * 1024
_LONGEST_DISCARDING_SECONDS: Final = 2


class Body:
    """What follows the head. It is read once."""

    def __init__(self, request: Request) -> None:
        self._receive = request.receive
        announced = request.headers.get("content-length", "")
        self.announced = int(announced) if announced else None  # digits: h11 sees to that
        self._is_held_back = request.headers.get("expect", "").lower() == "100-continue"
        self._is_over = self._is_late = False

    async def read(self, most_bytes: int, too_large: Problem) -> bytes:
        """All of it. Raises `Declined` if it is larger, comes too slowly or ends too soon."""
        if self.announced is not None and self.announced > most_bytes:
            raise Declined(413, too_large)
        body = bytearray()
        self._is_held_back = False
        try:
            async with asyncio.timeout(SLOWEST_BODY_SECONDS):
                while not self._is_over:
                    body += await self._part()
                    if len(body) > most_bytes:
                        raise Declined(413, too_large)
        except TimeoutError:
            self._is_late = True
            raise Declined(408, Problem("too_slow", "value", f"all of it in {SLOWEST_BODY_SECONDS} seconds")) from None
        return bytes(body)

    async def discard(self) -> bool:
        """Throw away what was not read; False if there is still more, so that the connection is of no use any more.

        A client that still sends when the connection closes may never see the answer. One that waits to be asked for
        the body is not asked.
        """
        discarded = 0
        try:
            async with asyncio.timeout(_LONGEST_DISCARDING_SECONDS):
                while not (self._is_over or self._is_late or self._is_held_back or discarded > _MOST_DISCARDED_BYTES):
                    discarded += len(await self._part())
        except (TimeoutError, Declined):
            return False
        return self._is_over

    async def _part(self) -> bytes:
        message = await self._receive()
        if message["type"] == "http.disconnect":  # nobody hears it
            self._is_over = True
            raise Declined(400, NO_REQUEST)
        self._is_over = not message.get("more_body", False)
        part: bytes = message.get("body", b"")
        return part
