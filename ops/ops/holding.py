"""Loops held and let go: what operators write, and how they know that workers obey. The services' own loops do it."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError

from ops.connection import no_answer
from servicekit.days import to_milliseconds
from servicekit.pausing import PAUSED, Pause, pause_of
from servicekit.positions import Position
from servicekit.settings import ServiceSettings

_LOOK_EVERY_SECONDS: Final = 0.2


class LoopName(NamedTuple):
    """A loop of a service."""

    service: str
    loop: str

    def __str__(self) -> str:
        return f"{self.service} {self.loop}"


GATES: Final = (LoopName("referral", "gate"), LoopName("case", "gate"), LoopName("outcomes", "gate"))
"""In the order in which a referral goes through them."""
FOLLOWERS: Final = (LoopName("outcomes", "projector"), LoopName("notify", "telling"), LoopName("door", "fates"))
LOOPS: Final = GATES + FOLLOWERS


class HoldRefused(Exception):  # noqa: N818  an answer, not a fault
    """What is asked cannot be done; the message says why in a sentence."""


def loop_named(service: str, loop: str) -> LoopName:
    """The loop. Raises `HoldRefused` with those that there are."""
    named = LoopName(service, loop)
    if named not in LOOPS:
        raise HoldRefused(f"There is no loop {named}. There are: {', '.join(map(str, LOOPS))}.")
    return named


class Holding:
    """The loops of one installation."""

    def __init__(
        self, client: AsyncMongoClient[dict[str, Any]], prefix: str, admin: AIOKafkaAdminClient, kafka: AIOKafkaConsumer
    ) -> None:
        self._client, self._prefix, self._admin, self._kafka = client, prefix, admin, kafka

    async def held(self) -> dict[LoopName, Pause]:
        """Every loop that is held."""
        found = {name: await pause_of(self._of(name), name.loop) for name in LOOPS}
        return {name: pause for name, pause in found.items() if pause is not None}

    async def hold(self, name: LoopName, *, who: str, why: str, intake: bool = False) -> Pause:
        """Hold a loop, or only its intake, in place of whatever held it before."""
        now = to_milliseconds(datetime.now(UTC))
        pause = Pause(loop=name.loop, since=now, who=who, why=why, intake=intake)
        stored = msgspec.to_builtins(pause, builtin_types=(datetime,))
        await self._of(name)[PAUSED].replace_one({"_id": name.loop}, stored, upsert=True)
        return pause

    async def let_go(self, name: LoopName) -> bool:
        """Let a loop go on; False if it was not held."""
        return bool((await self._of(name)[PAUSED].delete_one({"_id": name.loop})).deleted_count)

    async def obeys(self, name: LoopName) -> bool:
        """Whether every worker holds it, or none runs: then one that starts does."""
        database = self._of(name)
        stored = await database[PAUSED].find_one({"_id": name.loop}) or {}
        owners = set(await database["positions"].distinct("owner", {"loop": name.loop}))
        return owners <= stored.get("held", {}).keys() or not await self._has_members(name)

    async def obeys_within(self, name: LoopName, seconds: float) -> bool:
        """Wait until it does, at most so long."""
        until = time.monotonic() + seconds
        while True:
            if await self.obeys(name):
                return True
            if time.monotonic() > until:
                return False
            await asyncio.sleep(_LOOK_EVERY_SECONDS)

    async def unsent(self, name: LoopName) -> int:
        """How many committed batches Kafka may not have yet."""
        return await self._of(name)["outbox"].count_documents({"loop": name.loop})

    async def behind(self, name: LoopName) -> int:
        """How many records it has not handled of what it follows: of inboxes none is counted."""
        positions = self._of(name)["positions"].find({"loop": name.loop}, {"topic": 1, "partition": 1, "next": 1})
        found: Mapping[Position, int] = {
            (entry["topic"], entry["partition"]): entry["next"]
            async for entry in positions
            if not entry["topic"].startswith("inbox.")
        }
        ends = await self._kafka.end_offsets([TopicPartition(*position) for position in found])
        return sum(max(0, end - found[place.topic, place.partition]) for place, end in ends.items())

    async def _has_members(self, name: LoopName) -> bool:
        group = f"footing-{name.service}-{name.loop}"
        for response in await self._admin.describe_consumer_groups([group]):
            for _code, _group, _state, _kind, _protocol, members, *_ in response.groups:
                if members:
                    return True
        return False

    def _of(self, name: LoopName) -> AsyncDatabase[dict[str, Any]]:
        return self._client[self._prefix + name.service]


@asynccontextmanager
async def holding(settings: ServiceSettings) -> AsyncIterator[Holding]:
    """The loops, as long as the block lasts. Raises `Missing` where Kafka or MongoDB do not answer."""
    kafka = settings.kafka_connection()
    admin, consumer = AIOKafkaAdminClient(**kafka), AIOKafkaConsumer(**kafka, group_id=None)
    try:
        async with AsyncMongoClient[dict[str, Any]](**settings.mongo_connection()) as client:
            try:
                await admin.start()
                await consumer.start()
                yield Holding(client, settings.database_prefix, admin, consumer)
            finally:
                await consumer.stop()
                await admin.close()
    except (KafkaError, PyMongoError) as away:
        raise no_answer(away) from None


def told(name: LoopName, pause: Pause) -> str:
    """A pause in words."""
    what = "takes nothing from inboxes" if pause.intake else "is paused"
    return f"{name} {what} since {pause.since:%Y-%m-%d %H:%M:%S} UTC, by {pause.who}: {pause.why}"


def plain(held: Mapping[LoopName, Pause]) -> Sequence[dict[str, Any]]:
    """The same for programs."""
    return [
        {**name._asdict(), "since": p.since.isoformat(), "who": p.who, "why": p.why, "intake": p.intake}
        for name, p in held.items()
    ]
