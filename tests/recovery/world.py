"""The running system that rows break: its parts, its services, a load driver, and what must hold of it at rest."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from typing import Any, Final

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from ops.demo.watch import Watch
from ops.partners import EVENTS, Registry
from recovery.checks import Checks
from recovery.courses import PARTNERS
from recovery.driver import Driver, Load
from recovery.fence import Fence
from recovery.groups import Groups
from recovery.ledger import Acknowledged, AcknowledgementLedger
from recovery.lives import Lives
from recovery.nursery import SERVICES
from recovery.stage import Stage
from servicekit.settings import ServiceSettings

PATIENCE_SECONDS: Final = 90.0
_SETTLE_SECONDS: Final = 120.0
_SESSION_TIMEOUT_MS: Final = "4000"  # rows that wait for its end need not wait long; a busy machine does not end it


class World:
    """One system for many rows. `made` builds it."""

    def __init__(self, stage: Stage, settings: ServiceSettings, lives: Lives, ends: ExitStack, chance: Random) -> None:
        self.stage, self.settings, self.lives, self._chance = stage, settings, lives, chance
        self._begun = time.monotonic()
        self.schedule: list[str] = []
        self.partners = PARTNERS
        self.client: MongoClient[dict[str, Any]] = ends.enter_context(
            MongoClient(stage.direct_mongo_url, tz_aware=True)
        )
        self.ledger = AcknowledgementLedger(stage.folder / "acknowledged.jsonl")
        ends.callback(self.ledger.close)
        registry = Registry(settings)
        events = sorted(set(EVENTS) - {"fit-notes-counted"})
        tokens = {name: registry.add(name, schemes=["bridgend"], events=events).token for name in PARTNERS}
        self.driver = Driver(stage.direct_kafka_url, lambda: lives.url("door"), tokens, self.ledger)
        self.fence = Fence(stage.direct_mongo_url, settings.database_prefix)
        ends.callback(self.fence.close)
        self.checks = Checks(stage.direct_kafka_url, self.client, settings.database_prefix, self.ledger, lives)
        ends.callback(self.checks.close)
        self._watch = ends.enter_context(Watch(settings))

    def note(self, what: str) -> None:
        """Add a line to the schedule, which is printed when something is violated."""
        self.schedule.append(f"{time.monotonic() - self._begun:8.3f} {what}")

    @contextmanager
    def load(self, rate: float = 60, *, recent: bool = True) -> Iterator[Load]:
        """Events all the while, some of them of today; in the end Kafka and the door have acknowledged all of them."""
        with Load(self.driver, Random(self._chance.random()), rate, recent=recent) as load:
            yield load

    def database(self, service: str) -> Any:
        """The database of a service, read directly."""
        return self.client[f"{self.settings.database_prefix}{service}"]

    def is_accepted(self, *placed: Acknowledged) -> bool:
        """Whether the door knows of each of these events that it was accepted."""
        wanted = {f"{entry.partner}/{entry.id}" for entry in placed}
        found = self.database("door").fates.find({"_id": {"$in": list(wanted)}, "said.fate": "accepted"}, {"_id": 1})
        return {row["_id"] for row in found} == wanted

    def rest(self, seconds: float) -> None:
        """Let so much time pass: the pause between two faults is drawn, it waits for nothing."""
        time.sleep(seconds)

    def until(self, holds: Callable[[], Any], what: str, seconds: float = PATIENCE_SECONDS) -> Any:
        """Wait for the condition and give what it gave. Raises `AssertionError` that says what did not come about."""
        deadline = time.monotonic() + seconds
        while not (answer := holds()):
            assert time.monotonic() < deadline, f"within {seconds:.0f} s not: {what}"
            time.sleep(0.05)
        return answer

    def mend(self) -> None:
        """After a row that failed: nobody stopped, one member of each service."""
        for service in SERVICES:
            for member in self.lives.members(service):
                life = self.lives.of(service, member)
                self.lives.resume(life)
                if life.at:
                    self.lives.kill(service, member)  # it would still send itself a signal, some day
                if member:
                    self.lives.end(service, member)
            if not self.lives.members(service):
                self.lives.start(service)

    def settle(self) -> None:
        """Wait until nothing is in hand anywhere. Raises `AssertionError` that says what is."""
        self.driver.flush()
        self.until(self.lives.all_ready, "every service is ready", _SETTLE_SECONDS)
        deadline = time.monotonic() + _SETTLE_SECONDS
        while not (standing := self._standing()) or not standing.settled:
            assert time.monotonic() < deadline, f"it does not settle: {standing}"
            time.sleep(0.1)

    def violations(self) -> list[str]:
        """What is amiss, at rest, and was not told before."""
        complaints = [*self.driver.complaints, *self.fence.violations]
        self.driver.complaints, self.fence.violations = [], []
        return complaints + self.checks.look()

    def _standing(self) -> Any:
        try:
            return self._watch.look()
        except PyMongoError:
            return None


@contextmanager
def made(stage: Stage, chance: Random, record: Path | None = None) -> Iterator[World]:
    """A world on a stage: partners registered, all services ready; their first lives tell each I/O in `record`."""
    settings = ServiceSettings(kafka_url=stage.direct_kafka_url, mongo_url=stage.direct_mongo_url, http_port=0)
    environment = {
        "KAFKA_URL": stage.kafka_url,
        "MONGO_URL": stage.mongo_url,
        "LOG_FORMAT": "json",
        "NOTIFY_FOLDER": str(stage.folder / "notify"),
        "SESSION_TIMEOUT_MS": _SESSION_TIMEOUT_MS,
    }
    with ExitStack() as ends:
        groups = Groups(stage.direct_kafka_url)
        ends.callback(groups.close)
        lives = Lives(stage.folder / "lives", environment, groups)
        ends.callback(lives.close)
        world = World(stage, settings, lives, ends, chance)
        ends.callback(world.driver.close)
        for service in SERVICES:
            lives.start(service, record=record / service if record else None)
        world.until(lives.all_ready, "every service is ready")
        yield world
