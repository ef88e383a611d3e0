"""Sends what was committed, in the order of commits, and forgets it once Kafka has it. It may repeat, never skip.

What other workers committed earlier and have not sent appears first: a moment is given to their relays, then ours
sends it. So the events of a referral first appear in order, whichever workers accepted them.
"""

import asyncio
import random
from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Final, Protocol

import structlog
from aiokafka.errors import KafkaError
from pymongo.errors import PyMongoError

from servicekit.clock import seconds_now
from servicekit.outbox import Sendable
from servicekit.ports import Sender
from servicekit.tending import end

_QUEUE: Final = 1  # batches committed and not yet in hand: each is 15 MB, and more only hide that Kafka is slow
_LONGEST_PAUSE_SECONDS: Final = 5.0
_CLOSE_SECONDS: Final = 2.0
_LOOKS_SECONDS: Final = (0.002, 0.004, 0.008, 0.016, 0.03, *[0.05] * 19)  # a second without progress: it is held up

log = structlog.get_logger()


class Outbox(Protocol):
    """What a relay needs of the outbox."""

    async def left(self) -> list[Sendable]:
        """What may not have been sent, by whomever, in an order in which it may appear."""
        ...

    async def still_left(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Which of these may not have been sent."""
        ...

    async def sent(self, ids: Sequence[str]) -> None:
        """Kafka has these."""
        ...


class Relay:
    """One sender and one queue. `count` hears how many records were sent.

    `stuck_since`: when the sending of the batch in hand began.
    """

    def __init__(self, sender: Sender, outbox: Outbox, count: Callable[[int], None]) -> None:
        self._sender, self._outbox, self._count = sender, outbox, count
        self._queue: asyncio.Queue[Sendable] = asyncio.Queue(_QUEUE)
        self._task: asyncio.Task[None] | None = None
        self._sending = asyncio.Lock()
        self.stuck_since: float | None = None

    def start(self) -> None:
        """Begin to send; asked again it goes on."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="relay")

    async def stop(self) -> None:
        """End. What was not sent stays in the outbox for the next owner. Drain first to leave nothing."""
        if self._task is not None:
            await end(self._task)
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._sender.close()
        except TimeoutError:
            log.info("relay_not_closed")  # an idempotent producer holds on to what it has as long as Kafka is away

    @property
    def ended(self) -> bool:
        """Whether a bug ended it: what is committed is not sent any more."""
        return self._task is not None and self._task.done()

    async def put(self, batches: Sequence[Sendable]) -> None:
        """Hand over committed batches; waits while too many are on their way."""
        for batch in batches:
            await self._queue.put(batch)

    async def emptied(self) -> None:
        """Wait until everything handed over is sent, however long Kafka is away."""
        await self._queue.join()

    async def drained(self, seconds: float) -> bool:
        """Wait until everything handed over is sent, at most so long."""
        try:
            async with asyncio.timeout(seconds):  # wait_for of Python 3.11 can swallow a cancellation
                await self.emptied()
        except TimeoutError:
            return False
        return True

    async def send_surely(self, batch: Sendable) -> None:
        """Send one batch and forget it, trying again until it is done."""
        async with self._sending:
            pause = 0.05
            self.stuck_since = seconds_now()  # the producer itself tries for ever, and says nothing
            while not await self._is_sent(batch):
                await asyncio.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311  jitter
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)
            self.stuck_since = None
            self._count(len(batch.records))

    async def _is_sent(self, batch: Sendable) -> bool:
        try:
            for one in [*await self._what_comes_first(batch), batch]:
                await self._sender.send(one.records)
                await self._outbox.sent([one.id])
        except (KafkaError, PyMongoError, OSError) as error:
            log.warning("relay_tries_again", cause=type(error).__name__)
            return False
        return True

    async def _what_comes_first(self, batch: Sendable) -> list[Sendable]:
        """What others committed before this batch and, for whatever reason, do not send."""
        left, pauses = batch.after, iter(_LOOKS_SECONDS)
        while left:
            still = await self._outbox.still_left(left)
            if len(still) < len(left):
                left, pauses = still, iter(_LOOKS_SECONDS)
            elif (pause := next(pauses, None)) is not None:
                await asyncio.sleep(pause)
            else:
                log.info("sends_for_others")
                return list(takewhile(lambda one: one.id != batch.id, await self._outbox.left()))
        return []

    async def _run(self) -> None:
        while True:
            batch = await self._queue.get()
            await self.send_surely(batch)
            self._queue.task_done()
