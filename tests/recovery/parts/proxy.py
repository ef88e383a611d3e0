"""A TCP proxy that loses answers, cuts, swallows and slows: what networks do to a client of Kafka or MongoDB.

The client must know the other side by the proxy's port alone, or discovery walks round it.
"""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Self

from ops.localstack import ports
from recovery.parts.wire import HEAD_BYTES, Wire


class Proxy:
    """Frames pass from `port` to `before` and back as long as nothing else is asked for; thread-safe to its user.

    `marked`: only connections whose first request bears these bytes are ever broken, those of the services; others
    (members of a replica set among themselves, the load driver) always pass.
    """

    def __init__(self, wire: Wire, port: int, before: int, marked: bytes = b"") -> None:
        self.wire, self.port, self.before, self.marked = wire, port, before, marked
        self.seen: Counter[str] = Counter()  # connections, refused, lost_<kind>, cut, swallowed, slowed
        self.delay_seconds = 0.0
        self.in_hole = self.is_shut = False
        self.losing: Counter[str] = Counter()
        self.lines: set[Line] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def lose_answers(self, kind: str, times: int) -> None:
        """Let the next so many requests of this kind be executed, then cut the connection instead of answering."""
        self.losing[kind] = times

    def lost(self, kind: str) -> int:
        """How many answers of this kind were lost so far, each after its request was executed."""
        return self.seen[f"lost_{kind}"]

    def taken(self) -> int:
        """How many connections of services began so far and were not refused."""
        return self.seen["connections"] - self.seen["refused"]

    def cut(self) -> None:
        """End every connection that there is."""
        self._do(self._cut_all)

    def shut(self) -> None:
        """End every connection and take no new one until `heal`."""
        self.is_shut = True
        self.cut()

    def swallow(self) -> None:
        """From now on nothing comes through and nobody is told. A connection that met this is dead for good."""
        self.in_hole = True

    def slow(self, seconds: float) -> None:
        """Let every frame wait so long, one after the other."""
        self.delay_seconds = seconds

    def heal(self, *, forgotten: bool = False) -> None:
        """Pass again. Connections that died in the hole end, or hang on without a word where they are `forgotten`."""
        self.losing.clear()
        self.delay_seconds, self.in_hole, self.is_shut = 0.0, False, False
        if not forgotten:
            self._do(self._cut_dead)

    async def serve(self) -> asyncio.Server:
        """Begin to listen, in the loop that runs."""
        self._loop = asyncio.get_running_loop()
        return await asyncio.start_server(self._take, ports.HOST, self.port)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await Line(self, reader, writer).live()

    def _cut_all(self) -> None:
        for line in [line for line in self.lines if line.is_marked]:
            self.seen["cut"] += 1
            line.end()

    def _cut_dead(self) -> None:
        for line in [line for line in self.lines if line.is_dead]:
            line.end()

    def _do(self, call: Callable[[], None]) -> None:
        """Run it in the proxy's own thread, and wait until it is done."""
        assert self._loop is not None
        done = threading.Event()
        self._loop.call_soon_threadsafe(lambda: (call(), done.set()))
        done.wait(5)


class Line:
    """One connection of a client, and ours to the other side."""

    def __init__(self, proxy: Proxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._proxy, self._reader, self._writers = proxy, reader, [writer]
        self._doomed: dict[int, str] = {}
        self.is_marked = self.is_dead = False
        self._ended = asyncio.Event()

    async def live(self) -> None:
        """Until one of the two sides, or the proxy, ends it."""
        proxy = self._proxy
        proxy.lines.add(self)
        pumps: list[asyncio.Task[None]] = []
        try:
            first = await self._frame(self._reader)
            self.is_marked = proxy.marked in first
            proxy.seen["connections"] += self.is_marked  # also one that is sent away: a storm would show here
            if self.is_marked and proxy.is_shut:
                proxy.seen["refused"] += 1
                return
            self.is_dead = self.is_marked and proxy.in_hole
            there, to_there = await asyncio.open_connection(ports.HOST, proxy.before)
            self._writers.append(to_there)
            pumps = [
                asyncio.create_task(self._pump(self._reader, to_there, first, self._is_asked)),
                asyncio.create_task(self._pump(there, self._writers[0], b"", self._is_answered)),
                asyncio.create_task(self._until_ended()),
            ]
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        except (OSError, EOFError):
            pass  # refused, or gone before it said anything
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            for writer in self._writers:
                writer.transport.abort()
            proxy.lines.discard(self)

    def end(self) -> None:
        """Cut both sides."""
        self._ended.set()

    async def _until_ended(self) -> None:
        await self._ended.wait()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: bytes, passes: Callable[[bytes], bool]
    ) -> None:
        """Carry frames one way until that side ends. `passes` says of each whether it may."""
        frame = first
        while True:
            frame = frame or await self._frame(reader)
            if self.is_marked and self._proxy.delay_seconds:
                self._proxy.seen["slowed"] += 1
                await asyncio.sleep(self._proxy.delay_seconds)
            self.is_dead |= self.is_marked and self._proxy.in_hole
            if self.is_dead:
                self._proxy.seen["swallowed"] += 1
            elif passes(frame):
                writer.write(frame)
                await writer.drain()
            frame = b""

    def _is_asked(self, frame: bytes) -> bool:
        if self.is_marked and self._proxy.losing:
            number, kind = self._proxy.wire.request(frame)
            if self._proxy.losing[kind] > 0:
                self._proxy.losing[kind] -= 1
                self._doomed[number] = kind
        return True

    def _is_answered(self, frame: bytes) -> bool:
        kind = self._doomed.pop(self._proxy.wire.answers(frame), "") if self._doomed else ""
        if not kind:
            return True
        if not self._proxy.wire.is_done(kind, frame):
            self._proxy.losing[kind] += 1
            return True
        self._proxy.seen[f"lost_{kind}"] += 1
        self.end()
        return False

    async def _frame(self, reader: asyncio.StreamReader) -> bytes:
        head = await reader.readexactly(HEAD_BYTES)
        return head + await reader.readexactly(self._proxy.wire.size(head) - HEAD_BYTES)


class Proxies:
    """A thread with an event loop in which proxies live until the block ends."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxies", daemon=True)
        self._servers: list[asyncio.Server] = []

    def add(self, proxy: Proxy) -> Proxy:
        """Let a proxy listen; it does when this returns."""
        self._servers.append(asyncio.run_coroutine_threadsafe(proxy.serve(), self._loop).result(10))
        return proxy

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        for server in self._servers:
            server.close()
        lines = asyncio.all_tasks() - {asyncio.current_task()}
        for line in lines:
            line.cancel()
        await asyncio.gather(*lines, return_exceptions=True)
