"""One history: a seed decides who says what when, what befalls whom, and how long each call takes."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, cast

from pymongo.errors import PyMongoError

from contracts.topics import CANONICAL_PARTITIONS, INBOX_PARTITIONS
from servicekit.lanes import lane
from servicekit.ledger import Ledger
from servicekit.metrics import Metrics
from servicekit.positions import Position
from servicekit.runner import LoopRunner
from servicekit.ticking import run_tick
from simulation import toys
from simulation.clockwork import Clockwork, Process
from simulation.kafka import Broker, Seat, Sender
from simulation.mongo import Client, Row, Server
from simulation.wire import Doom, Faults, Wire

SESSION_SECONDS: Final = 1.0
_CHAOS_SECONDS: Final = 3.0
_SETTLED_BY_SECONDS: Final = _CHAOS_SECONDS + 20.0  # before the sweep: who takes over leaves nothing to it
_CALLS: Final = (  # at which a process may be struck, before the question is sent or after
    "find positions", "find toys", "write positions", "write toys", "write outbox", "commit", "send", "killSessions",
)  # fmt: skip
_LISTENED: Final = tuple(
    [(toys.INBOX, partition) for partition in range(INBOX_PARTITIONS)]
    + [(toys.MADE, partition) for partition in toys.LANES]
)


class Mute:
    """Metrics that count nothing: they are not what is tried here, and cost a tenth of the time."""

    def __getattr__(self, _name: str) -> "Mute":
        return self

    def __call__(self, *_: Any) -> "Mute":
        return self


_METRICS: Final = cast(Metrics, Mute())


@dataclass
class Sent:
    """One record of a log as the partner, or the other service, wrote it."""

    said: toys.Said
    position: Position
    offset: int


@dataclass
class History:
    """What is left of a history when it is over: all that a checker may look at."""

    seed: int
    sent: list[Sent] = field(default_factory=list)
    logs: dict[Position, list[Any]] = field(default_factory=dict)
    rows: dict[str, dict[Any, Row]] = field(default_factory=dict)
    moved_back: list[str] = field(default_factory=list)
    stuck: str | None = None
    troubles: list[str] = field(default_factory=list)
    schedule: list[str] = field(default_factory=list)
    struck: dict[str, int] = field(default_factory=dict)


class World:
    """The parts, the workers, and the driver of one history."""

    def __init__(self, seed: int, traced: bool) -> None:
        self.chance = random.Random(seed)
        random.seed(seed)  # the pauses of what is simulated are drawn from there
        self.history = History(seed)
        self.traced = traced
        self.clockwork = Clockwork(self.chance)
        self.broker = Broker(self.clockwork, _LISTENED, SESSION_SECONDS)
        self.mongo = Server(lambda: self.clockwork.now, self._watch)
        self.faults = self._faults()
        self.processes: list[Process] = []
        self.workers: dict[int, Worker] = {}
        self.chaos = True
        kind = self.chance.random()
        self.silent = kind < 0.2  # all about what a worker commits last and does not send
        self.sleepy = kind > 0.85  # all about workers that wake up with a batch in hand
        self.dooms = 0.9 if self.silent or self.sleepy else self.chance.choice((0.0, 0.6, 0.9))

    def run(self) -> History:
        """Let it happen, then let it settle."""
        self._prepare()
        self.clockwork.run(lambda: False, _CHAOS_SECONDS, every=_CHAOS_SECONDS)
        self._calm()
        if not self.clockwork.run(self._is_settled, _SETTLED_BY_SECONDS):
            self.history.stuck = self._what_is_not_settled()
        struck = self.history.struck
        struck["seconds"] = round(self.clockwork.now - _CHAOS_SECONDS)
        self.history.logs, self.history.rows = dict(self.broker.logs), self.mongo.rows
        for worker in self.workers.values():
            self.history.troubles += worker.process.bugs
            if because := worker.runner.stopped_because:
                self.history.troubles.append(because)
            if worker.runner.relay.ended:
                self.history.troubles.append("the relay ended")
        struck["calls"] = self.faults.struck
        struck["rebalances"] = self.broker.group.rebalances
        self.clockwork.bury(self.processes)
        return self.history

    def note(self, what: str) -> None:
        if self.traced:
            self.history.schedule.append(f"{self.clockwork.now:9.4f} {what}")

    # -- what is drawn ----------------------------------------------------------------------------------------

    def _faults(self) -> Faults:
        if self.chance.random() < 0.3:
            return Faults()
        rates = [0.06 * self.chance.random() ** 2 for _ in range(3)]
        return Faults(*rates)

    def _prepare(self) -> None:
        chance = self.chance
        for slot in range(1 if self.silent else chance.choice((1, 2, 2, 3))):
            self._at(0.5 * chance.random() if slot else 0.0, self.begin, slot)
        for at, said, partition in self._course():
            self._at(at, self._say, said, partition)
        for _ in range(chance.randrange(4)):
            strike = chance.choice((self._kill, self._kill, self._pause, self._pause, self._restart, self._rebalance))
            self._at(_CHAOS_SECONDS * chance.random(), self._strike, strike)

    def _course(self) -> list[tuple[float, toys.Said, int | None]]:
        """Who says what when; a partition is named where a client chose another than most would."""
        chance, course = self.chance, []
        referrals = chance.sample(range(int(self.silent), len(toys.REFERRALS)), chance.choice((2, 3, 3, 4)))
        bursts = [_CHAOS_SECONDS * 0.9 * chance.random() for _ in range(1 if self.silent else chance.choice((1, 2, 3)))]

        def some_time() -> float:
            return chance.choice(bursts) + 0.02 * chance.random()

        unlucky = chance.choice(referrals) if chance.random() < 0.3 else None
        for referral in referrals:
            if chance.random() < 0.93:  # else its sessions wait
                course.append((chance.choice((0.0, some_time())), toys.made(referral), None))
        for _ in range(chance.randrange(12, 26)):
            referral = chance.choice(referrals)
            minutes = 13 if referral == unlucky and chance.random() < 0.25 else chance.choice((50, 50, 50, 30))
            said = toys.session(referral, chance.randrange(9), minutes)
            course.append((some_time(), said, chance.randrange(INBOX_PARTITIONS) if chance.random() < 0.5 else None))
        if chance.random() < 0.1:
            course.append((some_time(), toys.noise(chance.randrange(4)), None))
        for at, said, partition in chance.choices(course, k=len(course) // 8):  # sent again
            course.append((max(at, some_time()), said, partition))
        return course

    # -- what happens -----------------------------------------------------------------------------------------

    def _at(self, when: float, happens: Callable[..., None], *args: Any) -> None:
        self.clockwork.later(when - self.clockwork.now, happens, *args)

    def _say(self, said: toys.Said, partition: int | None) -> None:
        lanes = INBOX_PARTITIONS if said.topic == toys.INBOX else CANONICAL_PARTITIONS
        if partition is None:
            partition = lane(said.key, lanes)
        record = self.broker.append(said.topic, partition, said.key, said.value, said.headers)
        self.note(f"said {record.place} {said.event_id[-4:]} of {said.referral[-2:]}, {said.minutes} minutes")
        self.history.sent.append(Sent(said, (said.topic, partition), record.offset))

    def begin(self, slot: int) -> None:
        """A worker starts."""
        if slot in self.workers and not self.workers[slot].process.dead:
            return
        life = sum(worker.name.startswith(f"w{slot}.") for worker in self.processes)
        process = Process(self.clockwork, f"w{slot}.{life}")
        self.processes.append(process)
        wire = Wire(process, self.faults, self.note if self.traced else None)
        self._doom(slot, wire)
        self.note(f"{process.name} starts")
        self.workers[slot] = Worker(process, wire, self)
        process.call_soon(self.workers[slot].begin)

    def _doom(self, slot: int, wire: Wire) -> None:
        """Draw at which call the process is killed or paused, if at all."""
        chance = self.chance
        wire.doom = None
        if self.chaos and chance.random() < self.dooms:
            if self.silent:
                strike, calls = self._kill, ("commit", "send")
            elif self.sleepy:
                strike, calls = self._pause, ("find positions", "find toys", "write positions")
            else:
                strike, calls = chance.choice((self._kill, self._pause)), _CALLS
            what, nth = chance.choice(calls), 1 + int((3 if self.silent else 4) * chance.random() ** 1.5)
            wire.doom = Doom(what, nth, chance.random() < 0.5, lambda: strike(slot))

    def _strike(self, strike: Callable[[int], None]) -> None:
        if self.workers:
            strike(self.chance.choice(sorted(self.workers)))

    def _count(self, what: str) -> None:
        self.history.struck[what] = self.history.struck.get(what, 0) + 1

    def _kill(self, slot: int) -> None:
        process = self.workers[slot].process
        if process.dead:
            return
        self.note(f"kill {process.name}")
        self._count("killed")
        process.kill()
        self.broker.group.silent_since(process)
        self._later(1.5 * self.chance.random(), self.begin, slot)

    def _pause(self, slot: int) -> None:
        process = self.workers[slot].process
        if process.stands_still:
            return
        self.note(f"pause {process.name}")
        self._count("paused")
        process.pause()
        self.broker.group.silent_since(process)
        longest = 2.5 if self.sleepy else self.chance.choice((0.4, 2.5))
        self._later(longest * (0.2 + self.chance.random()), self._resume, process)

    def _resume(self, process: Process) -> None:
        if process.stands_still and not process.dead:
            self.note(f"resume {process.name}")
            process.resume()
            self.broker.group.woken(process)
            slot = int(process.name[1])
            self._doom(slot, self.workers[slot].wire)

    def _restart(self, slot: int) -> None:
        worker = self.workers[slot]
        if not worker.process.stands_still and not worker.stops:
            worker.stops = True
            self.note(f"stop {worker.process.name}")
            self._count("stopped")
            worker.process.call_soon(worker.end)

    def _rebalance(self, _slot: int) -> None:
        self.note("rebalance")
        self.broker.group.rebalance()

    def ended(self, process: Process) -> None:
        """A worker stopped as it should: its process is gone, and it is started again."""
        process.kill()
        self._later(0.5 * self.chance.random(), self.begin, int(process.name[1]))

    def _later(self, seconds: float, happens: Callable[..., None], *args: Any) -> None:
        self.clockwork.later(seconds, happens, *args)

    def _calm(self) -> None:
        """No more faults: everybody runs, and calls get through."""
        self.note("calm")
        self.chaos = False
        self.faults.slow = self.faults.question_lost = self.faults.answer_lost = 0.0
        for slot, worker in self.workers.items():
            worker.wire.doom = None
            self._resume(worker.process)
            if worker.process.dead:
                self.begin(slot)

    # -- what is looked at ------------------------------------------------------------------------------------

    def _watch(self, name: str, id_: Any, before: Row | None, after: Row | None) -> None:
        if name == "positions" and before is not None and (after is None or after["next"] < before["next"]):
            self.history.moved_back.append(f"{id_} from {before['next']}")

    def _is_settled(self) -> bool:
        return self.clockwork.now > _CHAOS_SECONDS + 1.5 * SESSION_SECONDS and not self._what_is_not_settled()

    def _what_is_not_settled(self) -> str | None:
        rows = self.mongo.rows
        if rows.get("outbox"):
            return f"{len(rows['outbox'])} batches are not sent"
        positions = rows.get("positions", {})
        for place in _LISTENED:
            end = len(self.broker.logs[place])
            if end and positions.get(f"gate/{place[0]}/{place[1]}", {"next": 0})["next"] < end:
                return f"{place[0]}/{place[1]} is not handled to its end"
        if any(row.get("due_on") for row in rows.get("toys", {}).values()):
            return "a tick is due"
        return None


class Worker:
    """One process of the service: the real runner on simulated parts."""

    def __init__(self, process: Process, wire: Wire, world: World) -> None:
        self.process, self.wire, self._world = process, wire, world
        database = Client(world.mongo, wire)["toy"]
        self.ledger: Ledger[Any] = Ledger(database, "gate", "toys", toys.Toy, owner=process.name)  # type: ignore[arg-type]
        most = world.chance.choice((6, 30, 30))
        self.runner = LoopRunner(
            toys.LOOP,
            ledger=self.ledger,
            takes_seat=lambda listener: Seat(world.broker, wire, listener, most),
            sender=Sender(world.broker, wire),
            partners=toys.PARTNERS,
            metrics=_METRICS,
            records=world.chance.choice((4, 100, 100)),
            patience=SESSION_SECONDS,
        )
        self.stops = False
        self._ticking: asyncio.Task[None] | None = None

    def begin(self) -> None:
        self.process.create_task(self._live())

    def end(self) -> None:
        self.process.create_task(self._stop())

    async def _live(self) -> None:
        await self.runner.start()
        self._ticking = asyncio.create_task(self._tick())

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(1.3)
            try:
                await run_tick(self.runner, toys.TICK, toys.DAY)
            except PyMongoError:
                continue

    async def _stop(self) -> None:
        if self._ticking is not None:
            self._ticking.cancel()
            await asyncio.wait([self._ticking])
        try:
            await self.runner.stop()
        except Exception as bug:
            self.process.bugs.append(f"stopping: {bug!r}")
        self._world.ended(self.process)
