"""The one task that looks: every two seconds, at each source by itself. Pages show the newest snapshot there is."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

import httpx
import structlog
from aiokafka.errors import KafkaError
from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import PyMongoError

from ops.alarms.gathering import beside_of
from ops.board.alarming import alarms_of
from ops.board.history import History
from ops.board.lately import Lately
from ops.board.settings import BoardSettings
from ops.board.snapshot import ServiceNow, Snapshot
from ops.board.sources import Topics, mongodb_answers, parts_now
from ops.partners import register_canary
from ops.services import SERVICES
from ops.standing.asking import ANSWER_SECONDS, Installation, answer_of, looked_up, seen_as
from schemes import CANARY
from servicekit.clock import seconds_now
from servicekit.partners import REGISTRY_DATABASE
from servicekit.standing import LoopStanding, Standing

LOOK_EVERY_SECONDS: Final = 2.0
_SELDOM_SECONDS: Final = 10.0  # of parts it walks through the files of their data
_LONGEST_SECONDS: Final = 12.0  # what a source takes at most; then it is asked anew
_STALE_SECONDS: Final = 30.0

log = structlog.get_logger()


@dataclass
class Sampler:
    """Looks at one installation, as long as the board runs."""

    installation: Installation
    settings: BoardSettings
    client: AsyncMongoClient[dict[str, Any]]
    history: History
    newest: Snapshot = field(default_factory=lambda: Snapshot(datetime.now(UTC)))
    hidden: frozenset[str] = frozenset()  # the canary is a partner that nobody asks after
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    lately: Lately = field(default_factory=Lately)
    _services: dict[str, ServiceNow] = field(default_factory=dict)
    _parts_found: tuple[Mapping[str, Any], ...] = ()
    _up: dict[str, bool] = field(default_factory=lambda: {"kafka": True, "mongod": True})

    async def follow(self) -> None:
        """Look until it is cancelled."""
        topics = Topics(self.settings.kafka_connection())
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as http:
            sources: list[tuple[Callable[[], Awaitable[None]], float]] = [
                *((self._service(http, name), LOOK_EVERY_SECONDS) for name in SERVICES),
                (self._look_up, LOOK_EVERY_SECONDS),
                (self._kafka(topics), LOOK_EVERY_SECONDS),
                (self._mongodb, LOOK_EVERY_SECONDS),
                (self._parts, _SELDOM_SECONDS),
                (self._canaries, _SELDOM_SECONDS),
                (self._beside, _SELDOM_SECONDS),
                (self._compose, LOOK_EVERY_SECONDS),
                (self.history.keep, LOOK_EVERY_SECONDS),
            ]
            try:
                await asyncio.gather(*(_again(source, every) for source, every in sources))
            finally:
                await topics.close()

    @property
    def registry(self) -> AsyncCollection[dict[str, Any]]:
        """The registry of partners."""
        return self.client[self.settings.database_prefix + REGISTRY_DATABASE]["partners"]

    @property
    def looks(self) -> bool:
        """Whether the snapshot is fresh: whatever is away, the board itself looks."""
        return (datetime.now(UTC) - self.newest.at).total_seconds() < _STALE_SECONDS

    def _service(self, http: httpx.AsyncClient, name: str) -> Callable[[], Awaitable[None]]:
        async def ask() -> None:
            answer = await answer_of(http, name, self.installation.urls.get(name))
            self._heard(name, answer)

        return ask

    def _heard(self, name: str, answer: Standing | str | None) -> None:
        before, now = self._services.get(name), datetime.now(UTC)
        if answer is None and before is None:
            return  # nobody says where it is; what stands in MongoDB of it shows whether it ever ran
        seen = seen_as(self.installation, name, answer, before.loops if before else None)
        found = replace(before, seen=seen, at=now) if before else ServiceNow(seen, now)
        if isinstance(answer, Standing) and answer.at is not None:
            found = replace(found, loops=answer.loops, loops_at=answer.at, read_models=answer.read_models)
        self._services[name] = found

    async def _look_up(self) -> None:
        """What MongoDB and Kafka tell of the loops of services that do not answer."""
        silent = [name for name in SERVICES if name not in self._services or self._services[name].seen.standing is None]
        if not silent:
            return
        at = datetime.now(UTC)
        for name, loops in (await looked_up(self.settings, silent)).items():
            self._told(name, loops, at)

    def _told(self, name: str, loops: tuple[LoopStanding, ...], at: datetime) -> None:
        before = self._services.get(name)
        if before is None and loops:
            before = ServiceNow(seen_as(self.installation, name, None, loops), at)
        if before is not None and before.seen.standing is None and loops:
            self._services[name] = replace(before, loops=loops, loops_at=at)

    def _kafka(self, topics: Topics) -> Callable[[], Awaitable[None]]:
        async def look() -> None:
            try:
                found = await topics.look()
            except (KafkaError, TimeoutError):
                self._up["kafka"] = False
                self.newest = replace(self.newest, kafka_since=self.newest.kafka_since or datetime.now(UTC))
                return
            self._up["kafka"] = True
            self.newest = replace(self.newest, topics=found, kafka_since=None)

        return look

    async def _mongodb(self) -> None:
        try:
            self._up["mongod"] = await mongodb_answers(self.client)
        except PyMongoError:
            self._up["mongod"] = False
        since = None if self._up["mongod"] else self.newest.mongodb_since or datetime.now(UTC)
        self.newest = replace(self.newest, mongodb_since=since)

    async def _parts(self) -> None:
        found = await parts_now(self.installation, self._up)
        self._parts_found = tuple(found)
        self.newest = replace(self.newest, parts_at=datetime.now(UTC))

    async def _beside(self) -> None:
        """What services measure, and who is quiet."""
        found = await beside_of(self.installation)
        self.lately.note(datetime.now(UTC), found)
        self.newest = replace(self.newest, beside={self.installation.name: found})

    async def _canaries(self) -> None:
        """Who speaks for nobody: what they say is seen by whether it arrives, not among partners."""
        with suppress(PyMongoError):
            found = self.registry.find({"schemes": CANARY}, {"_id": 1})
            self.hidden = frozenset([partner["_id"] async for partner in found])
            if self.settings.canary and not self.hidden:
                await asyncio.to_thread(register_canary, self.settings)

    async def _compose(self) -> None:
        """Put together what is known now, and tell who waits for it."""
        services = tuple(self._services[name] for name in SERVICES if name in self._services)
        parts = tuple({**part, "up": part["up"] and self._up.get(part["part"], True)} for part in self._parts_found)
        at = datetime.now(UTC)
        now = replace(self.newest, at=at, services=services, parts=parts)
        alarms = await asyncio.to_thread(alarms_of, now, self.newest.alarms, self.lately)
        self.newest = replace(self.newest, at=at, services=services, parts=parts, alarms=alarms)
        self.history.note(self.newest)
        before, self.moved = self.moved, asyncio.Event()
        before.set()


async def _again(source: Callable[[], Awaitable[None]], every: float) -> None:
    """Ask a source again and again. One that breaks is said, and asked again: the others go on."""
    while True:
        began = seconds_now()
        try:
            async with asyncio.timeout(_LONGEST_SECONDS):
                await source()
        except TimeoutError:
            log.warning("board_looks_in_vain", source=source.__name__)
        except Exception as bug:  # a board that stops looking is worse than one that lacks a source
            log.error("board_source_broke", source=source.__name__, cause=type(bug).__name__)
        await asyncio.sleep(max(0.1, every - (seconds_now() - began)))
