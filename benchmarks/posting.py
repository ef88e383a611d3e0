"""A client that costs little: the same bytes to whoever listens, over so many connections, each answer looked at."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from contracts.envelope import Record

_PATIENCE_SECONDS: Final = 300.0
_BATCH: Final = "application/cloudevents-batch+json"


class Unlike(Exception):  # noqa: N818  says what happened
    """An answer was not the one that was expected."""


@dataclass
class Posted:
    """How long all of it took, and each request."""

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)

    def wait_ms(self, share: float) -> float:
        """The wait that this share of the requests did not exceed, in milliseconds."""
        ordered = sorted(self.waits)
        return round(1000 * ordered[min(len(ordered) - 1, int(len(ordered) * share))], 1)


def single(record: Record, token: str) -> bytes:
    """One event in binary mode."""
    said = {f"ce-{name[3:]}": (value or b"").decode() for name, value in record.headers if name.startswith("ce_")}
    return _request({**said, "content-type": "application/json"}, record.value or b"", token)


def batch(records: Sequence[Record], token: str) -> bytes:
    """Many in structured mode."""
    return _request({"content-type": _BATCH}, b"[" + b",".join(map(_structured, records)) + b"]", token)


def post(url: str, requests: Sequence[bytes], connections: int, is_right: Callable[[bytes], bool]) -> Posted:
    """Post all of them, each connection the next when the last was answered. Raises `Unlike`."""
    return asyncio.run(_post(url, iter(requests), connections, is_right))


async def _post(url: str, requests: Iterator[bytes], connections: int, is_right: Callable[[bytes], bool]) -> Posted:
    place, posted, loop = urlsplit(url), Posted(), asyncio.get_running_loop()
    lines = [_Line(requests, posted, is_right) for _ in range(connections)]
    for line in lines:
        await loop.create_connection(lambda line=line: line, place.hostname or "", place.port or 0)  # type: ignore[misc]
    begun = time.perf_counter()
    for line in lines:
        line.next()
    async with asyncio.timeout(_PATIENCE_SECONDS):
        await asyncio.gather(*(line.over for line in lines))
    posted.seconds = time.perf_counter() - begun
    return posted


class _Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, requests: Iterator[bytes], posted: Posted, is_right: Callable[[bytes], bool]) -> None:
        self._requests, self._posted, self._is_right = requests, posted, is_right
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._answer = bytearray()
        self._begun = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody hung up before all was answered, or that is the answer."""
        if not self.over.done():
            self.over.set_exception(exc or Unlike("it hung up"))

    def next(self) -> None:
        """Send one more."""
        request = next(self._requests, None)
        if request is None:
            self.over.set_result(None)
            self._transport.close()
            return
        self._begun = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """A part of the answer."""
        self._answer += data
        end = self._answer.find(b"\r\n\r\n")
        if end < 0:
            return
        start = self._answer.find(b"content-length: ") + 16
        if len(self._answer) < end + 4 + int(self._answer[start : self._answer.find(b"\r\n", start)]):
            return
        self._posted.waits.append(time.perf_counter() - self._begun)
        if not self._is_right(bytes(self._answer)):
            self.over.set_exception(Unlike(f"the answer began {bytes(self._answer[:300])!r}"))
            self._transport.close()
            return
        self._answer.clear()
        self.next()


def _request(headers: dict[str, str], body: bytes, token: str) -> bytes:
    said = {"host": "bench", "authorization": f"Bearer {token}", "content-length": str(len(body)), **headers}
    lines = ["POST /events HTTP/1.1", *(f"{name}: {value}" for name, value in said.items()), "", ""]
    return "\r\n".join(lines).encode() + body


def _structured(record: Record) -> bytes:
    said = {name[3:]: (value or b"").decode() for name, value in record.headers if name.startswith("ce_")}
    attributes = ",".join(f'"{name}":"{value}"' for name, value in said.items())
    return b"{%b,%b%b}" % (attributes.encode(), b'"data":', record.value or b"")
