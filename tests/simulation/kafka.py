"""A Kafka for one history: logs, one group with its rebalances, seats that fetch, senders that repeat.

It imitates: a member that is silent too long is dropped and learns of it later; everybody gives up everything before
anything is assigned anew, unless it takes too long; what was fetched can be handed over late; where a seat begins to
read is not where it should; a produce can be written in part, or in whole though an error was told, at once or later.
It does not imitate: transactions, retention, more than one topic pattern, compaction, fetch sizes.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any

from aiokafka.errors import KafkaConnectionError, KafkaError

from contracts.envelope import Record
from servicekit.outgoing import Outgoing
from servicekit.ports import Listener
from servicekit.positions import Position
from servicekit.tending import end
from simulation.clockwork import Clockwork, Process
from simulation.wire import Wire


class Broker:
    """All logs, and the group of the loop."""

    def __init__(self, clockwork: Clockwork, listened: Sequence[Position], session_seconds: float) -> None:
        self.clockwork = clockwork
        self.logs: defaultdict[Position, list[Record]] = defaultdict(list)
        self.listened = tuple(listened)
        self.advice: dict[Position, int] = {}
        self.group = Group(self, session_seconds)

    def append(self, topic: str, partition: int, key: bytes, value: bytes | None, headers: Any) -> Record:
        log = self.logs[topic, partition]
        record = Record(topic, partition, len(log), key, value, headers)
        log.append(record)
        self.group.stir((topic, partition))
        return record


class Group:
    """Who is a member, and who holds what."""

    def __init__(self, broker: Broker, session_seconds: float) -> None:
        self._broker, self._session_seconds = broker, session_seconds
        self.seats: list[Seat] = []
        self.members: list[Seat] = []
        self.generation = 0
        self.forming: dict[Seat, asyncio.Future[frozenset[Position]]] | None = None
        self.rebalances = 0

    def rebalance(self) -> None:
        """Everybody is to join anew."""
        if self.forming is not None:
            return
        self.forming = {}
        self.rebalances += 1
        clockwork = self._broker.clockwork
        for seat in self.members:
            seat.process.call_later(0.001 + 0.2 * clockwork.chance.random(), seat.hears)
        clockwork.later(self._session_seconds, self._form, self.generation)
        self._form_if_all_are_there()

    def join(self, seat: "Seat", answer: "asyncio.Future[frozenset[Position]]") -> None:
        if seat not in self.members:
            self.members.append(seat)
        self.rebalance()
        assert self.forming is not None
        self.forming[seat] = answer
        self._form_if_all_are_there()

    def silent_since(self, process: Process) -> None:
        """Look after the session's time whether the process is still silent."""
        pauses = process.pauses
        self._broker.clockwork.later(self._session_seconds, self._drop_if_silent, process, pauses)

    def woken(self, process: Process) -> None:
        """One that was silent goes on; what has become of its seats it learns by its next heartbeat."""
        for seat in self.seats:
            if seat.process is process:
                process.call_later(0.4 * self._broker.clockwork.chance.random(), seat.hears)

    def drop(self, seat: "Seat") -> None:
        if seat in self.members:
            self.members.remove(seat)
            if self.forming is not None:
                self.forming.pop(seat, None)
                self._form_if_all_are_there()
            else:
                self.rebalance()

    def stir(self, position: Position) -> None:
        for seat in self.members:
            if position in seat.held:
                seat.data.set()

    def _drop_if_silent(self, process: Process, pauses: int) -> None:
        if process.dead or (process.stands_still and process.pauses == pauses):
            for seat in [seat for seat in self.members if seat.process is process]:
                self.drop(seat)

    def _form_if_all_are_there(self) -> None:
        if self.forming is not None and self.members and all(seat in self.forming for seat in self.members):
            self._form(self.generation)

    def _form(self, generation: int) -> None:
        if self.forming is None or generation != self.generation:
            return
        joined, self.forming = self.forming, None
        self.members = [seat for seat in self.members if seat in joined]
        self.generation += 1
        shares: dict[Seat, set[Position]] = {seat: set() for seat in self.members}
        for topic in dict.fromkeys(topic for topic, _ in self._broker.listened):
            partitions = [partition for of, partition in self._broker.listened if of == topic]
            for place, partition in enumerate(partitions):  # range: neighbours to one member
                if self.members:
                    shares[self.members[place * len(self.members) // len(partitions)]].add((topic, partition))
        for seat, answer in joined.items():
            seat.process.call_soon(_answer, answer, (self.generation, frozenset(shares.get(seat, ()))))


def _answer(future: "asyncio.Future[Any]", what: Any) -> None:
    if not future.done():
        future.set_result(what)


class Seat:
    """The port of the runner: one member of the group."""

    def __init__(self, broker: Broker, wire: Wire, listener: Listener, most: int) -> None:
        self._broker, self._wire, self._listener, self._most = broker, wire, listener, most
        self.process = wire.process
        self._held: frozenset[Position] = frozenset()
        self._at: dict[Position, int] = {}
        self._generation = -1
        self._rejoin = asyncio.Event()
        self.data = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._paused = False
        self._tasks: list[asyncio.Task[None]] = []
        broker.group.seats.append(self)

    # -- the port ---------------------------------------------------------------------------------------------

    async def take(self) -> None:
        self._tasks = [asyncio.create_task(self._coordinate()), asyncio.create_task(self._listen())]

    async def leave(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(5.0):
                await self._idle.wait()
        await end(*self._tasks)
        self._held = frozenset()
        try:
            await self._wire.call("leave", lambda: self._broker.group.drop(self), _away)
        except KafkaError:
            self._broker.group.silent_since(self.process)

    @property
    def is_lost(self) -> bool:
        return False

    @property
    def held(self) -> frozenset[Position]:
        return self._held

    async def is_member(self) -> bool:
        group = self._broker.group

        def serve() -> bool:
            return self in group.members and group.generation == self._generation and group.forming is None

        try:
            return bool(await self._wire.call("heartbeat", serve, _away))
        except KafkaError:
            return False

    def seek(self, offsets: Mapping[Position, int]) -> None:
        for position in offsets.keys() & self._held:
            self._at[position] = offsets[position]
        self.data.set()

    def pause(self) -> None:
        self._paused = True

    def end_of(self, position: Position) -> int | None:
        return len(self._broker.logs[position])

    async def commit(self, offsets: Mapping[Position, int]) -> None:
        ours = {position: offsets[position] for position in offsets.keys() & self._held}
        try:
            await self._wire.call("advise", lambda: self._broker.advice.update(ours), _away)
        except KafkaError:
            return

    # -- what goes on inside ----------------------------------------------------------------------------------

    def hears(self) -> None:
        """A heartbeat's answer: is the group forming anew, or are we no member any more?"""
        group = self._broker.group
        if self not in group.members or (group.forming is not None and self not in group.forming):
            self._rejoin.set()

    async def _coordinate(self) -> None:
        while True:
            self._rejoin.clear()
            await self._listener.revoked()
            await self._join()
            await self._listener.assigned(self._held)
            await self._rejoin.wait()

    async def _join(self) -> None:
        chance = self._broker.clockwork.chance
        while True:
            answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
            try:
                await self._wire.call("join", lambda a=answer: self._broker.group.join(self, a), _away)
            except KafkaError:
                await asyncio.sleep(0.1)
                continue
            self._generation, self._held = await answer
            break
        for position in sorted(self._held):  # where Kafka's advice says, or from the beginning
            self._at[position] = self._broker.advice.get(position, 0) if chance.random() < 0.7 else 0

    async def _listen(self) -> None:
        chance = self._broker.clockwork.chance
        while True:
            records = [] if self._paused else self._fetched()
            if not records:
                self.data.clear()
                await self.data.wait()
                await asyncio.sleep(0.002 * chance.random())
                continue
            await asyncio.sleep(
                0.003 if chance.random() < 0.8 else 0.5 * chance.random()
            )  # what is fetched grows stale
            self._idle.clear()
            try:
                await self._listener.handle(records)
            except Exception as bug:  # FastStream swallows it
                self.process.bugs.append(f"handling a batch: {bug!r}")
            self._idle.set()

    def _fetched(self) -> list[Record]:
        records: list[Record] = []
        most = 1 + int(self._most * self._broker.clockwork.chance.random())
        held = sorted(self._held)
        turn = int(len(held) * self._broker.clockwork.chance.random())
        for position in held[turn:] + held[:turn]:
            log, at = self._broker.logs[position], self._at.get(position, 0)
            if at < len(log) and len(records) < most:
                taken = log[at : at + most - len(records)]
                records += taken
                self._at[position] = at + len(taken)
        return records


class Sender:
    """The port of the relay."""

    def __init__(self, broker: Broker, wire: Wire) -> None:
        self._broker, self._wire = broker, wire

    async def send(self, records: Sequence[Outgoing]) -> None:
        await self._wire.call(
            "send", lambda: self._write(records), _away, late=lambda: self._write(self._some(records))
        )

    async def close(self) -> None:
        return None

    def _write(self, records: Collection[Outgoing]) -> None:
        for record in records:
            self._broker.append(record.topic, record.partition, record.key, record.value, record.headers)

    def _some(self, records: Sequence[Outgoing]) -> list[Outgoing]:
        """What of it was on its way: each partition's from its beginning."""
        chance = self._broker.clockwork.chance
        share = defaultdict[Position, float](lambda: min(1.0, 1.5 * chance.random()))
        counts: defaultdict[Position, int] = defaultdict(int)
        for record in records:
            counts[record.topic, record.partition] += 1
        left = {place: round(share[place] * count) for place, count in counts.items()}
        some = []
        for record in records:
            if left[record.topic, record.partition] > 0:
                left[record.topic, record.partition] -= 1
                some.append(record)
        return some


def _away(_executed: bool) -> KafkaError:
    return KafkaConnectionError("simulated")
