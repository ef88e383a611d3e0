"""A process's look at its own service: every ten seconds how far its loops are, and everything when somebody asks.

Whoever asks gets an answer within two seconds: if MongoDB is away, what was last known of it, and when.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from pymongo.errors import PyMongoError

from servicekit.behind import Behind, NotKnown
from servicekit.clock import seconds_now
from servicekit.positions import Position
from servicekit.standing import LoopStanding, Marks, Standing, look, positions_of
from servicekit.tending import end

if TYPE_CHECKING:
    from servicekit.running import Running

_EVERY_SECONDS: Final = 10.0
_MINUTE: Final = 60.0
_KEPT: Final = 8  # looks: the one before the last minute, and those in it
_FRESH_SECONDS: Final = 1.0
_PATIENCE_SECONDS: Final = 2.0
_KAFKA_SECONDS: Final = 30.0  # nobody waits for it; a process that works off a backlog comes to it late
_LEAST_SECONDS: Final = 5.0  # of less nothing can be said of a minute

Ages = Callable[["Running"], Awaitable[Mapping[str, float | None]]]


class Past(NamedTuple):
    """How far each loop was at some time of the process's clock."""

    seconds: float
    marks: Mapping[str, Mapping[Position, Marks]]


class Lookout:
    """Looks as one worker among others: what it sees is of all of them."""

    def __init__(self, running: "Running") -> None:
        self._running = running
        self._behind: Behind | None = None
        self._alone = asyncio.Lock()  # `Behind` takes one question at a time
        self._past: deque[Past] = deque(maxlen=_KEPT)
        self._left: dict[str, dict[Position, int]] = {}
        self._looking: asyncio.Task[None] | None = None
        self._looked = -_MINUTE
        self._at: datetime | None = None
        self._loops: tuple[LoopStanding, ...] = ()

    async def keep(self) -> None:
        """Note how far the loops are, until the service stops."""
        while True:
            async with self._alone:
                if (now := await self._now()) is not None:
                    self._past.append(now)
                    self._left = await self._what_is_left(now)
            if not await self._running.sleep(_EVERY_SECONDS):
                return

    async def standing(self) -> Standing:
        """How the service stands now, or stood when MongoDB last answered."""
        if (self._looking is None or self._looking.done()) and seconds_now() - self._looked > _FRESH_SECONDS:
            self._looking = asyncio.create_task(self._look())
        waiting = [task for task in (self._looking,) if task is not None]
        if waiting:
            await asyncio.wait(waiting, timeout=_PATIENCE_SECONDS)
        running = self._running
        why = running.troubles()
        return Standing(
            service=running.service.name,
            version=version("footing-servicekit"),  # all packages of a release bear the same
            since=running.since,
            ready=not why,
            why=why,
            at=self._at,
            loops=self._loops,
            read_models=await self._ages(),
        )

    def behind(self, loop: str) -> dict[Position, int]:
        """How many records stood behind its positions at the last look of the minute."""
        return self._left.get(loop, {})

    async def _what_is_left(self, now: Past) -> dict[str, dict[Position, int]]:
        """How much of it there is to read; at the end of a log may stand what nobody can."""
        left: dict[str, dict[Position, int]] = {}
        for loop, marks in now.marks.items():
            offsets = {place: known.next for place, known in marks.items() if known.end > known.next}
            try:
                lags = await self._asks().after(offsets) if offsets else {}
            except NotKnown:
                left[loop] = self._left.get(loop, {})
                continue
            left[loop] = {place: lag.records for place, lag in lags.items() if lag.records}
        return left

    async def _look(self) -> None:
        running = self._running
        async with self._alone:
            wanted = running.service.loops
            try:
                loops = await look(running.database, self._asks(), running.partners, [each.name for each in wanted])
            except PyMongoError:
                return
            at, now = datetime.now(UTC), await self._now()
        rates = rates_of(self._past, now) if now else {}
        self._loops = tuple([msgspec.structs.replace(loop, **rates.get(loop.loop, {})) for loop in loops])
        self._at, self._looked = at, seconds_now()

    async def _now(self) -> Past | None:
        """How far the loops are; None: MongoDB or Kafka does not say, or not in time."""
        try:
            stored = await positions_of(self._running.database)
            ends = await self._asks().ends({place for places in stored.values() for place in places})
        except (PyMongoError, NotKnown):
            return None
        marks = {
            name: {place: Marks(entry["next"], ends[place]) for place, entry in places.items() if place in ends}
            for name, places in stored.items()
        }
        return Past(seconds_now(), marks)

    async def _ages(self) -> Mapping[str, float | None]:
        ages = self._running.service.read_models
        return await ages(self._running) if ages is not None and self._running.started else {}

    def _asks(self) -> Behind:
        if self._behind is None:
            self._behind = Behind(self._running.kafka, _KAFKA_SECONDS)
        return self._behind

    async def close(self) -> None:
        """Let go of the connections."""
        if self._looking is not None:
            await end(self._looking)
        if self._behind is not None:
            await self._behind.close()


def rates_of(past: deque[Past], now: Past) -> dict[str, dict[str, int]]:
    """What came and what was handled of each loop in the last minute, or since there is a look at it."""
    before = next((one for one in reversed(past) if now.seconds - one.seconds >= _MINUTE), past[0] if past else None)
    if before is None or now.seconds - before.seconds < _LEAST_SECONDS:
        return {}
    share = min(1.0, _MINUTE / (now.seconds - before.seconds))
    return {name: _rate(before.marks.get(name, {}), marks, share) for name, marks in now.marks.items()}


def _rate(before: Mapping[Position, Marks], now: Mapping[Position, Marks], share: float) -> dict[str, Any]:
    """A partition that is new to us begins where it is: what it held before did not come in this minute."""
    pairs = [(before[place], marks) for place, marks in now.items() if place in before]
    return {
        "came": round(share * sum(marks.end - was.end for was, marks in pairs)),
        "handled": round(share * sum(marks.next - was.next for was, marks in pairs)),
    }
