"""How a service listens for HTTP: heads bounded in size and time, connections bounded in number, and what is no HTTP
answered as every other problem is.
"""

import asyncio
import json
import sys
from http import HTTPStatus
from typing import Any, Final

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from contracts.envelope import Problem
from contracts.reasons import REASONS
from servicekit.problems import PROBLEM_JSON, problem_json

LARGEST_HEAD_BYTES: Final = 16 * 1024  # what is not complete by then is refused; ordinary heads have 1 KiB
SLOWEST_HEAD_SECONDS: Final = 10
IDLE_SECONDS: Final = 75  # longer than the proxies that keep connections for a minute: they close first
MOST_CONNECTIONS: Final = 500  # half the files that a process may have open by default
GRACE_SECONDS: Final = 3  # what is being answered when the service stops is still answered, this long
RETRY_AFTER_SECONDS: Final = 5

NO_REQUEST: Final = Problem("request_invalid", "request", "an HTTP/1.1 request")
HEAD_TOO_LARGE: Final = Problem("head_too_large", "request", f"at most {LARGEST_HEAD_BYTES} bytes in all headers")
BUSY: Final = Problem("unavailable", "request", f"the same again in {RETRY_AFTER_SECONDS} seconds")


def server(app: FastAPI, host: str, port: int) -> uvicorn.Server:
    """The server of a service. h11 and not a faster parser: of those, uvicorn bounds no head."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            http=Listening,
            ws="none",
            log_config=None,
            access_log=False,
            lifespan="off",
            proxy_headers=False,
            server_header=False,
            h11_max_incomplete_event_size=LARGEST_HEAD_BYTES,
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )


class Listening(H11Protocol):
    """One connection. uvicorn alone waits for ever for a head that has begun, and tells in plain text what is none."""

    _head_due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody connected: the first head is due, unless there are too many already."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            self._tell(BUSY, (b"retry-after", b"%d" % RETRY_AFTER_SECONDS))
            return
        self._head_due = self.loop.call_later(SLOWEST_HEAD_SECONDS, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._head_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """More bytes. Once a head has begun, all of it is due."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._head_came()
        elif self._head_due is None and not self.transport.is_closing():
            self._head_due = self.loop.call_later(SLOWEST_HEAD_SECONDS, self.transport.close)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  uvicorn's words are not ours
        """What came is no HTTP. uvicorn calls this while it handles what h11 raised."""
        hint = getattr(sys.exc_info()[1], "error_status_hint", 400)
        self._tell(HEAD_TOO_LARGE if hint == REASONS[HEAD_TOO_LARGE.code].status else NO_REQUEST)

    def _head_came(self) -> None:
        if self._head_due is not None:
            self._head_due.cancel()
            self._head_due = None

    def _tell(self, problem: Problem, *more: tuple[bytes, bytes]) -> None:
        """Answer without asking anybody, if nothing is being answered yet, and hang up."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            status = REASONS[problem.code].status
            body = json.dumps(problem_json(status, problem)).encode()
            headers: list[tuple[Any, Any]] = [
                (b"content-type", PROBLEM_JSON.encode()),
                (b"content-length", b"%d" % len(body)),
                (b"connection", b"close"),
                *more,
            ]
            reason = HTTPStatus(status).phrase.encode()
            for event in (
                h11.Response(status_code=status, headers=headers, reason=reason),
                h11.Data(data=body),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
