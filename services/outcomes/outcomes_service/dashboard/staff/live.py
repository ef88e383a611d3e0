"""Server-sent events: whoever looks at a scheme's figures is sent those that change, and nothing else.

One look at the database a second serves everybody; a scheme that nobody watches costs nothing.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from typing import Final

import msgspec
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from outcomes_service import store
from outcomes_service.counted import UntilCounted, counted_so_far
from outcomes_service.dashboard.staff import shown
from outcomes_service.indicators.catalogue import Known
from outcomes_service.progress import Watch
from outcomes_service.store import Figure
from schemes.model import Scheme
from servicekit.clock import seconds_now
from servicekit.days import day_of
from servicekit.running import Running

MOST_LISTENERS: Final = 200  # of the 500 connections that a service takes: the others still find somebody in
MOST_A_MEMBER: Final = 8  # pages that one member has open; a browser opens six connections to an address
LOOK_EVERY_SECONDS: Final = 1.0
HEARTBEAT_SECONDS: Final = 15.0  # proxies end what is silent for half a minute or so
_REST: Final = 4  # looks take a fifth of the time at most: the projector counts in the same process
_RETRY_MS: Final = 3_000
_BEAT: Final = b": still here\n\n"

StillIn = Callable[[], Awaitable[bool]]


class Full(Exception):  # noqa: N818  an answer, not a fault
    """As many listen as may."""


@dataclass
class _Board:
    """The texts of one scheme as they stand, and when they change next."""

    scheme: Scheme
    listeners: int = 0
    texts: Mapping[str, str] = field(default_factory=dict)
    seen_at: object = None  # what the database looked like when the texts were made
    moved: asyncio.Event = field(default_factory=asyncio.Event)


class Live:
    """Who listens to which scheme."""

    def __init__(self, known: Known, watch: Watch) -> None:
        self._known, self._watch = known, watch
        self._boards: dict[str, _Board] = {}
        self._kept = UntilCounted[list[Figure]]()
        self._of_member: Counter[str] = Counter()

    async def figures(self, running: Running, scheme: Scheme, today: date) -> list[Figure]:
        """Every figure of a scheme, kept until anything is counted, with what could still change it."""
        make = partial(store.figures, running.database, self._known, scheme, today)
        found = await self._kept.get(scheme.id, running.database, today, make)
        return (await self._watch.progress(running)).told(found)

    async def follow(self, running: Running) -> None:
        """Look until the service stops; then let everybody go."""
        pause = LOOK_EVERY_SECONDS
        try:
            while await running.sleep(pause):
                began = seconds_now()
                for board in list(self._boards.values()):
                    await self._look(running, board)
                pause = max(LOOK_EVERY_SECONDS, _REST * (seconds_now() - began))
        finally:
            for board in self._boards.values():
                board.moved.set()

    async def listen(
        self, running: Running, scheme: Scheme, area: str | None = None, *, who: str, seen: str, still_in: StillIn
    ) -> "Stream":
        """What changes in the figures of a scheme or area from `seen` on (as `shown.state` names it). Raises `Full`."""
        if sum(self._of_member.values()) >= MOST_LISTENERS or self._of_member[who] >= MOST_A_MEMBER:
            raise Full
        board = self._boards.setdefault(scheme.id, _Board(scheme))
        self._of_member[who] += 1
        board.listeners += 1
        changes = self._changes(running, board, area, seen, still_in)
        return Stream(changes, lambda: self._leave(board, who))

    async def _changes(
        self, running: Running, board: _Board, area: str | None, seen: str, still_in: StillIn
    ) -> AsyncIterator[bytes]:
        yield b"retry: %d\n\n" % _RETRY_MS
        if board.seen_at is None:
            await self._look(running, board)
        begun = shown.of_area(board.texts, area)
        sent = begun if shown.state(begun) == seen else {}
        while not running.stopping.is_set():
            moved, now = board.moved, shown.of_area(board.texts, area)
            if now != sent:
                yield event(sent, now)
                sent = now
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await moved.wait()
            except TimeoutError:
                if not await still_in():
                    return
                yield _BEAT

    async def _look(self, running: Running, board: _Board) -> None:
        """Make the texts anew if anything was counted since, or waits that did not."""
        today, progress = day_of(datetime.now(UTC)), await self._watch.progress(running)
        in_hand = [progress.count("waiting", board.scheme.id), progress.count("parked", board.scheme.id)]
        fresh = shown.freshness(progress.freshness_seconds)
        seen_at = await counted_so_far(running.database), today, *in_hand, fresh
        if seen_at != board.seen_at:
            said = shown.texts(await self.figures(running, board.scheme, today))
            board.seen_at = seen_at
            if said != board.texts:
                board.texts, before = said, board.moved
                board.moved = asyncio.Event()
                before.set()

    def _leave(self, board: _Board, who: str) -> None:
        self._of_member -= Counter({who: 1})
        board.listeners -= 1
        if not board.listeners:
            self._boards.pop(board.scheme.id, None)


class Stream(StreamingResponse):
    """A stream of events; whoever hangs up, or never hears the beginning, is no listener any more."""

    def __init__(self, changes: AsyncIterator[bytes], leave: Callable[[], None]) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff"}
        super().__init__(changes, headers=headers, media_type="text/event-stream")
        self._leave = leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until somebody ends it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._leave()


def event(before: Mapping[str, str], now: Mapping[str, str]) -> bytes:
    """What is different: the new texts; null where a figure is no more."""
    changed: dict[str, str | None] = {name: text for name, text in now.items() if before.get(name) != text}
    changed |= dict.fromkeys(before.keys() - now.keys())
    return b"event: figures\nid: %s\ndata: %s\n\n" % (shown.state(now).encode(), msgspec.json.encode(changed))
