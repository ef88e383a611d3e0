"""Writes batches: fold, one transaction, and again until it holds or the partitions are no longer ours."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import structlog
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import PyMongoError

from contracts.envelope import Event, Record, Refusal
from contracts.topics import CANONICAL_PARTITIONS
from servicekit.clock import seconds_now
from servicekit.documents import Document
from servicekit.endings import Accept, Ignore
from servicekit.fold import fold
from servicekit.folded import Folded, Surroundings
from servicekit.hears import Moment
from servicekit.lanes import lane
from servicekit.ledger import Ledger, Raced
from servicekit.loop import Loop
from servicekit.outbox import Sendable
from servicekit.partners import Partners
from servicekit.positions import Fenced, Position
from servicekit.reading import Item, read
from servicekit.retrying import (
    LONGEST_PAUSE_SECONDS,
    SHORTEST_PAUSE_SECONDS,
    end_transaction,
    is_race,
    pause_for,
    records_next,
)
from servicekit.sequence import Sequencer, ends
from servicekit.tick import fold_due

if TYPE_CHECKING:
    from servicekit.traced import Handling

D = TypeVar("D", bound=Document)
K = TypeVar("K")
T = TypeVar("T")
Traces = Callable[[Sequence[Item]], "Handling"]

_READ_AT_ONCE: Final = 100

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Written(Generic[D]):
    """One committed batch: the records that counted, what they changed, what is to be sent."""

    live: Sequence[Item]
    folded: Folded[D]
    out: Sequence[Sendable]


class BatchWriter(Generic[D, K]):
    """Holds the offsets of the partitions that are ours (`next`) and the session of this worker's transactions.

    `leaving` set: give up between two tries, whoever takes over finds everything in MongoDB. `left_behind`: a commit
    that seemed lost had held, so what it announces stands in the outbox and is not with the relay.
    """

    def __init__(
        self,
        loop: Loop[D, K],
        ledger: Ledger[D],
        partners: Partners,
        *,
        most: int,
        tried: Callable[[str], None],
        traces: Traces | None = None,
    ) -> None:
        self._loop, self._ledger, self._partners, self._tried = loop, ledger, partners, tried
        self._traces = traces
        self.next: dict[Position, int] = {}
        self.leaving = False
        self.sequencer = Sequencer()
        self.left_behind = False
        self._most = self._at_most = most  # records a transaction
        self._session: AsyncClientSession = ledger.database.client.start_session()
        self._looks: AsyncClientSession = ledger.database.client.start_session()  # what is asked between transactions
        ledger.outbox.reads_after = (self._session, self._looks)

    async def claim(self, positions: Sequence[Position]) -> None:
        """Make these partitions ours, and only these; tried until it is done."""
        owned = await self.surely(lambda: self._ledger.positions.claim(self._session, self._looks, positions))
        self.next = {position: owned[position] for position in positions if position in owned}
        self.sequencer = Sequencer()  # what was read before says nothing of what is read from here on

    async def close(self) -> None:
        """End the sessions."""
        await self._session.end_session()
        await self._looks.end_session()

    async def read(self, records: Sequence[Record]) -> list[Item]:
        """Decode the records, each on its own."""
        speaking = {record.topic.split(".")[1] for record in records if "." in record.topic}
        await self.surely(lambda: self._partners.refresh(speaking))
        items = await self._read_all(records)
        if self._loop.remembers and (newcomers := _said_by_strangers(items)):
            await self.surely(lambda: self._partners.refresh(newcomers))
            items = await self._read_all(records)
        return items

    async def write(self, items: Sequence[Item]) -> Written[D] | None:
        """Bring as many of the items as one transaction takes into one that commits; call again until None.

        None: nothing of them is ours to write (any more). Raises `TooManyFailures`; I/O is tried again.
        """
        pause = SHORTEST_PAUSE_SECONDS
        while not self.leaving and (live := self.sequencer.live(items, self.next)):
            started = seconds_now()
            try:
                written = await self._transact(live[: self._most])
            except (Fenced, Raced, PyMongoError) as error:
                outage = not is_race(error)
                self._tried("outage" if outage else "conflict")
                if outage:
                    log.warning("batch_tries_again", loop=self._loop.name, cause=type(error).__name__)
                    pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                self._most = records_next(self._most, outage=outage, seconds=seconds_now() - started)
                await pause_for(pause)
                await self._find_our_place()
            else:
                self._most = min(self._at_most, self._most * 2)
                return written
        return None

    async def surely(self, call: Callable[[], Awaitable[T]]) -> T:
        """I/O without which nothing can go on: tried again until it succeeds."""
        pause = SHORTEST_PAUSE_SECONDS
        while True:
            try:
                return await call()
            except PyMongoError as outage:
                log.warning("tries_again", loop=self._loop.name, cause=type(outage).__name__)
                await pause_for(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _read_all(self, records: Sequence[Record]) -> list[Item]:
        """A few at a time: the batch before is in MongoDB's hands meanwhile, and goes on as soon as it answers."""
        items: list[Item] = []
        for first in range(0, len(records), _READ_AT_ONCE):
            if first:
                await asyncio.sleep(0)
            items += [self._read(record) for record in records[first : first + _READ_AT_ONCE]]
        return items

    def _read(self, record: Record) -> Item:
        if self._loop.reader is not None:
            return self._loop.reader(record, self._partners)
        return read(record, self._partners, remembers=self._loop.remembers)

    async def _transact(self, live: Sequence[Item]) -> Written[D]:
        moves = {position: (self.next[position], after) for position, after in ends(live).items()}
        folded, out = await self.transact(live, moves, lambda documents, around: fold(live, documents, around))
        self.next |= {position: after for position, (_, after) in moves.items()}
        return Written(live, folded, out)

    async def transact(
        self,
        items: Sequence[Item],
        moves: Mapping[Position, tuple[int, int]],
        folds: Callable[[Mapping[str, D], Surroundings[D, K]], Folded[D]],
        first: Callable[[AsyncClientSession, Folded[D]], Awaitable[None]] | None = None,
    ) -> tuple[Folded[D], list[Sendable]]:
        """One transaction: load what the items touch, fold, write (`first` before the rest), move the positions.

        Raises `Fenced`, `Raced` and the driver's errors.
        """
        now = _now()
        session, database, companion = self._session, self._ledger.database, self._loop.companion
        waiting = await self._ledger.positions.waiting_by_partner() if self._loop.hears.gate else {}
        events = [item.read for item in items if not isinstance(item.read, Refusal)]
        handling = None if self._traces is None else self._traces(items)
        trace = None if handling is None else handling.trace

        async def work() -> tuple[Folded[D], list[Sendable]]:
            documents = await self._ledger.load(session, list({event.subject for event in events}))
            seen = await self._ledger.seen(session, list({item.identity for item in items if item.identity}))
            beside = None
            if companion is not None:
                beside = await companion.load(database, session, [*events, *self._waiting_events(documents.values())])
            around = Surroundings(
                self._loop.hears,
                self._loop.document,
                self._partners,
                self._loop.known,
                now,
                beside,
                seen,
                waiting,
                trace,
            )
            folded = folds(documents, around)
            if first is not None:
                await first(session, folded)
            out = await self._ledger.write(session, folded, moves, now)
            if companion is not None and folded.changes:
                await companion.write(database, session, list(folded.changes.values()), beside)
            return folded, out

        done = await self._in_transaction(work)
        if handling is not None:
            handling.ends(items, done[0])
        return done

    async def tick(self, keys: Sequence[str], due: Callable[[D, Moment[K]], Accept[D] | Ignore]) -> list[Sendable]:
        """Fold those of these documents that are in our lanes with `due`, without any record: time has passed for them.

        Raises `Fenced`, `Raced` and the driver's errors. The lanes' positions stay, and are written all the same: a
        worker whose lanes have moved must not announce anything after its successor looked for what was left.
        """
        now = _now()
        lanes = {partition: (topic, partition) for topic, partition in self.next if "." not in topic}
        ours = {key: place for key in keys if (place := lanes.get(lane(key.encode(), CANONICAL_PARTITIONS)))}
        moves = {place: (self.next[place], self.next[place]) for place in ours.values()}

        async def work() -> list[Sendable]:
            documents = await self._ledger.load(self._session, list(ours))
            folded = fold_due(documents.values(), due, Moment(now, None, self._loop.known))
            return await self._ledger.write(self._session, folded, moves, now)

        return await self._in_transaction(work) if ours else []

    async def _in_transaction(self, work: Callable[[], Awaitable[T]]) -> T:
        session = self._session
        await session.start_transaction()
        try:
            done = await work()
            await self._commit(session)
        except BaseException:
            await end_transaction(session)
            raise
        return done

    def _waiting_events(self, documents: Any) -> list[Event[Any]]:
        read_again = (self._read(entry.record()).read for document in documents for entry in document.waiting)
        return [event for event in read_again if not isinstance(event, Refusal)]

    async def _commit(self, session: AsyncClientSession) -> None:
        """Commit; where the answer was lost ask again: committing twice is one commit."""
        while True:
            try:
                await session.commit_transaction()
            except PyMongoError as error:
                if not error.has_error_label("UnknownTransactionCommitResult") or self.leaving:
                    raise
                await pause_for(0.1)
            else:
                return

    async def _find_our_place(self) -> None:
        """Read again what is ours: it may have moved, or a commit that seemed lost may have held."""
        try:
            owned = await self._ledger.positions.owned(self._looks)
        except PyMongoError:
            return
        self.left_behind |= any(owned.get(position, 0) > offset for position, offset in self.next.items())
        self.next = {position: owned[position] for position in self.next if position in owned}


def _said_by_strangers(items: Sequence[Item]) -> set[str]:
    """Partners whose events were accepted elsewhere before our snapshot of the registry had them.

    Without the partner's number an event has no identity, and its repetition would be handled again.
    """
    accepted = (item for item in items if item.partner is None and item.identity is None)
    return {item.read.partner for item in accepted if not isinstance(item.read, Refusal)}


def _now() -> datetime:
    """The wall clock in whole milliseconds, which is what MongoDB keeps."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
