"""Listens for one loop: takes partitions over, hands batches to the writer and what they announce to the relay."""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import inf
from typing import Final, Generic, TypeVar

import structlog

from contracts.envelope import Record
from servicekit.batch import BatchWriter, Traces
from servicekit.clock import seconds_now
from servicekit.documents import Document, NewerData
from servicekit.fold import TooManyFailures
from servicekit.ledger import Ledger
from servicekit.loop import Loop
from servicekit.metrics import Metrics
from servicekit.outbox import Sendable
from servicekit.partners import Partners
from servicekit.pausing import Pause
from servicekit.ports import Sender, TakesSeat
from servicekit.positions import Position
from servicekit.reading import Item
from servicekit.relay import Relay
from servicekit.reporting import say
from servicekit.sequence import LogIsShorter, position_of
from servicekit.tending import end, sweep, take_back
from servicekit.tried import place_of
from servicekit.unfit import Unfit
from servicekit.unparking import Unparking, look

D = TypeVar("D", bound=Document)
K = TypeVar("K")

_DRAIN_SECONDS: Final = 5.0
_LEAST_DRAIN_SECONDS: Final = 1.0  # for what the last batch announced
_COMMIT_EVERY_SECONDS: Final = 1.0
_FULL_COLLECTION_EVERY: Final = 200  # batches; young garbage goes after each batch
_STUCK_SECONDS: Final = 60.0

log = structlog.get_logger()


class LoopRunner(Generic[D, K]):
    """One member of the loop's group. Nothing here assumes that it is the only one."""

    def __init__(
        self,
        loop: Loop[D, K],
        *,
        ledger: Ledger[D],
        takes_seat: TakesSeat,
        sender: Sender,
        partners: Partners,
        metrics: Metrics,
        records: int,
        patience: float,
        assert_whole: Callable[[], Awaitable[None]] | None = None,
        traces: Traces | None = None,
        recall: Callable[[], Awaitable[Pause | None]] | None = None,
    ) -> None:
        self.loop, self.ledger, self.metrics = loop, ledger, metrics
        metrics.begin(loop.name)
        self.relay = Relay(sender, ledger.outbox, metrics.announced.labels(loop.name).inc)
        self.writer = BatchWriter(
            loop,
            ledger,
            partners,
            most=records,
            tried=lambda why: metrics.retries.labels(loop.name, why).inc(),
            traces=traces,
        )
        self.unparking = Unparking(loop.name, ledger, self.writer, loop.companion)
        self.batch_lock = asyncio.Lock()
        self._tending: tuple[asyncio.Task[None], ...] = ()
        self._patience, self._assert_whole = patience, assert_whole
        self.stopped_because: str | None = None
        self.paused: Pause | None = None
        self._recall = recall
        self._batches = 0
        self._busy_since: float | None = None
        self._committed_at = 0.0
        self._writing: asyncio.Task[None] | None = None
        self._seeks, self._sought = 0, dict[Position, int]()  # how many there were, and the last of each partition
        self._seat = takes_seat(self)

    # -- life -----------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Prepare the collections, start the relay, join the group."""
        await self.writer.surely(self.ledger.prepare)
        self.relay.start()
        await self._seat.take()
        self._tending = (
            asyncio.create_task(take_back(self._is_missing, self._seat.is_member, self._take_back, self._patience)),
            asyncio.create_task(sweep(lambda: self.writer.surely(self.ledger.outbox.left_ids), self._sweep)),
            asyncio.create_task(look(self._unpark)),
        )

    async def stop(self) -> None:
        """Leave the group after the batch in hand; send what was committed; then end the relay.

        What cannot be done within some seconds, as Kafka or MongoDB are away, is left to whoever takes over.
        """
        self.writer.leaving, until = True, seconds_now() + _DRAIN_SECONDS
        await end(*self._tending)
        await self._written(_DRAIN_SECONDS)
        await self._seat.leave()
        if self._writing is not None:
            await end(self._writing)
        await self.relay.drained(max(_LEAST_DRAIN_SECONDS, until - seconds_now()))
        await self.relay.stop()
        await self.writer.close()

    def trouble(self) -> str | None:
        """Why the loop makes no progress, or None. Looks at progress, not at whether a process is there."""
        long_ago = seconds_now() - _STUCK_SECONDS
        troubles = {
            "not listening": self._seat.is_lost,
            "a bug ended what runs beside the loop": self.relay.ended or any(task.done() for task in self._tending),
            "one batch has been in hand for more than a minute": (self._busy_since or inf) < long_ago,
            "nothing could be sent for more than a minute": (self.relay.stuck_since or inf) < long_ago,
        }
        return self.stopped_because or next((trouble for trouble, there in troubles.items() if there), None)

    @property
    def lanes(self) -> frozenset[int]:
        """The partitions of canonical topics that are ours: the lanes whose documents we see."""
        return frozenset(partition for topic, partition in self.writer.next if "." not in topic)

    # -- partitions come and go -----------------------------------------------------------------------------

    async def revoked(self) -> None:
        """Let the batch in hand end or give up; send what was committed; the successor finds the rest."""
        self.writer.leaving = True
        async with self.batch_lock:
            await self.relay.drained(_DRAIN_SECONDS)
            self.writer.next = {}

    async def assigned(self, held: Collection[Position]) -> None:
        """Claim the partitions, send everything that was left before anything of our own, start where MongoDB says.

        Whether operators hold the loop is asked after the claim: whoever pauses it either sees the claim, and waits
        until we say that we hold, or we see the pause.
        """
        async with self.batch_lock:
            with self._stopping_at_bugs():  # aiokafka would log it and go on
                await self._take_over(held)

    async def _take_over(self, held: Collection[Position]) -> None:
        if self._assert_whole is not None:
            await self.writer.surely(self._assert_whole)
        await self.writer.claim(sorted(held))
        await self._send_left()
        self.writer.leaving = False
        self._seek(self.writer.next)
        self._obey(self.paused if self._recall is None else await self.writer.surely(self._recall))
        log.info("took_over", loop=self.loop.name, partitions=len(held))

    async def obey(self, pause: Pause | None) -> None:
        """Hold what the pause holds, once the batch in hand is written; go on with all else from where we are."""
        async with self.batch_lock:
            self._obey(pause)

    def _obey(self, pause: Pause | None) -> None:
        before, self.paused = self.paused, pause
        if self.stopped_because:
            return
        if pause != before:
            free = {place: at for place, at in self.writer.next.items() if not (pause and pause.holds(place))}
            self._seek(free)  # what came of these while they were held was left
            self._seat.resume(free)
        if pause is not None:
            self._seat.pause([place for place in self.writer.next if pause.holds(place)])

    @property
    def is_held(self) -> bool:
        """Whether nothing may be begun but what was accepted: it leaves, it stopped, or operators hold it."""
        return self.writer.leaving or self.stopped_because is not None or self.paused is not None

    def _is_missing(self) -> bool:
        """Whether Kafka gave us what MongoDB says is another's."""
        if self.writer.leaving or self.stopped_because:
            return False
        return bool(self._seat.held - self.writer.next.keys())

    async def _take_back(self) -> None:
        async with self.batch_lock:
            if self._is_missing():
                log.warning("takes_back", loop=self.loop.name)
                with self._stopping_at_bugs():
                    await self._take_over(self._seat.held)

    async def _sweep(self) -> None:
        async with self.batch_lock:
            if not self.writer.leaving:
                await self._send_left()

    async def _send_left(self) -> None:
        await self.relay.emptied()
        for batch in await self.writer.surely(self.ledger.outbox.left):
            await self.relay.send_surely(batch)

    async def _unpark(self) -> bool:
        """Do what operators ask of parked records, one key a transaction; True if something was done."""
        some = False
        for request in await self.writer.surely(self.unparking.requests):
            async with self.batch_lock:
                if self.is_held:
                    return False
                with self._stopping_at_bugs():
                    out, done = await self.unparking.answer(request)
                    await self.relay.put(out)
                    some |= done
        return some

    # -- a batch --------------------------------------------------------------------------------------------

    async def handle(self, records: Sequence[Record]) -> None:
        """Read one batch, while the one before it is still being written, and have it written next.

        A bug here stops the loop: going on would lose records.
        """
        fetched = self._seeks
        with self._stopping_at_bugs():
            items = await self.writer.read(records)
            await self._written()
            self._writing = asyncio.create_task(self._take(items, fetched))

    async def _written(self, seconds: float | None = None) -> None:
        """Wait until the batch in hand is written, at most so long."""
        if self._writing is not None:
            await asyncio.wait((self._writing,), timeout=seconds)

    async def _take(self, items: Sequence[Item], fetched: int) -> None:
        """Write one batch and hand over what it announces; not what is read again since it was fetched."""
        async with self.batch_lock:
            if self.stopped_because:
                return
            if self._seeks > fetched:
                items = [item for item in items if self._sought.get(position_of(item.record), 0) <= fetched]
            if self.paused is not None:
                items = [item for item in items if not self.paused.holds(position_of(item.record))]
            self._busy_since = seconds_now()
            with self._stopping_at_bugs():
                await self._write(items)
            self._busy_since = None
        self._collect_garbage()
        await self._commit_advisory()

    @contextmanager
    def _stopping_at_bugs(self) -> Iterator[None]:
        try:
            yield
        except (TooManyFailures, LogIsShorter, NewerData, Unfit) as fault:
            self._stop_listening(str(fault))
        except Exception as bug:
            self._stop_listening(f"a bug in the loop: {type(bug).__name__} at {place_of(bug)}")

    async def _write(self, items: Sequence[Item]) -> None:
        started = seconds_now()
        self.writer.sequencer.arrive(items, self.writer.next, self._seat.end_of)
        while (written := await self.writer.write(items)) is not None:
            say(written, self.loop.name, seconds_now() - started, self.metrics)
            await self._announce(written.out)
            started = seconds_now()
        await self._announce([])
        again, following = self.writer.sequencer.take_again(), self.writer.next
        self._seek({position: following[position] for position in again & following.keys()})

    def _seek(self, offsets: Mapping[Position, int]) -> None:
        """Read on from there; what was fetched before comes again."""
        if offsets:
            self._seeks += 1
            self._sought |= dict.fromkeys(offsets, self._seeks)
            self._seat.seek(offsets)

    async def _announce(self, out: Sequence[Sendable]) -> None:
        """Hand over what was committed; if something committed before it is left behind, send all that, in order."""
        if self.writer.left_behind:
            self.writer.left_behind = False
            await self._send_left()
        else:
            await self.relay.put(out)

    def _stop_listening(self, because: str) -> None:
        """Stop rather than park everything: it is us, not them."""
        self.stopped_because = because
        log.error("loop_stopped", loop=self.loop.name, because=because)
        self._seat.pause()

    def _collect_garbage(self) -> None:
        """The collector is off (see `service`): young garbage goes once a batch's objects are released."""
        self._batches += 1
        gc.collect(2 if self._batches % _FULL_COLLECTION_EVERY == 0 else 0)

    async def _commit_advisory(self) -> None:
        """Tell Kafka where we are, once a second, for whoever looks with Kafka's own tools; MongoDB decides."""
        now = seconds_now()
        if self.writer.leaving or now - self._committed_at < _COMMIT_EVERY_SECONDS:
            return
        self._committed_at = now
        await self._seat.commit(self.writer.next)
