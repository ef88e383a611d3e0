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
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError

from ops.audit import AUDIT, OPS_DATABASE, written
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


class Meanwhile(Exception):  # noqa: N818  an answer, not a fault
    """A loop is not held, or not let go, as whoever asks had seen it: somebody acted meanwhile."""


class Pauses:
    """What is held of the loops of one installation, and by whom."""

    def __init__(self, client: AsyncMongoClient[dict[str, Any]], prefix: str) -> None:
        self._client, self._prefix = client, prefix

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

    async def change(self, name: LoopName, wanted: Pause | None, seen: datetime | None, *, who: str, why: str) -> None:
        """Hold it so, or let it go, and put that down, both or neither. `seen`: since when it is held, as they saw it.

        What is so already is left as it is. Raises `Meanwhile`.
        """
        paused, entries = self._of(name)[PAUSED], self._client[self._prefix + OPS_DATABASE][AUDIT]

        async def work(session: AsyncClientSession) -> None:
            stored = await paused.find_one({"_id": name.loop}, session=session)
            now = None if stored is None else msgspec.convert(stored, Pause)
            if _alike(now, wanted):
                return
            if (now.since if now else None) != seen:
                raise Meanwhile
            if wanted is None:
                await paused.delete_one({"_id": name.loop}, session=session)
            else:
                plain_pause = msgspec.to_builtins(wanted, builtin_types=(datetime,))
                await paused.replace_one({"_id": name.loop}, plain_pause, upsert=True, session=session)
            what = f"{'pause' if wanted else 'resume'} {name}"
            await entries.insert_one(written(who, what, why, facts(now), facts(wanted)), session=session)

        async with self._client.start_session() as session:
            await session.with_transaction(work)

    async def all_hold(self, name: LoopName) -> bool:
        """Whether every worker that has partitions of it has said that it holds."""
        database = self._of(name)
        stored = await database[PAUSED].find_one({"_id": name.loop}) or {}
        owners = set(await database["positions"].distinct("owner", {"loop": name.loop}))
        held: set[str] = set(stored.get("held", {}))
        return owners <= held

    def _of(self, name: LoopName) -> AsyncDatabase[dict[str, Any]]:
        return self._client[self._prefix + name.service]


class Holding(Pauses):
    """The same, with Kafka, which tells how far loops are and whether anybody runs them."""

    def __init__(
        self, client: AsyncMongoClient[dict[str, Any]], prefix: str, admin: AIOKafkaAdminClient, kafka: AIOKafkaConsumer
    ) -> None:
        super().__init__(client, prefix)
        self._admin, self._kafka = admin, kafka

    async def obeys(self, name: LoopName) -> bool:
        """Whether every worker holds it, or none runs: then one that starts does."""
        return await self.all_hold(name) or not await self._has_members(name)

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


def facts(held: Pause | None) -> dict[str, object]:
    """What the audit log says of it."""
    return {"paused": held is not None, "intake_only": held.intake if held else False}


def _alike(one: Pause | None, other: Pause | None) -> bool:
    """Whether they hold the same for the same reason: a form that is sent twice has one effect."""
    return (one is other is None) or (
        one is not None and other is not None and (one.who, one.why, one.intake) == (other.who, other.why, other.intake)
    )


def plain(held: Mapping[LoopName, Pause]) -> Sequence[dict[str, Any]]:
    """The same for programs."""
    return [
        {**name._asdict(), "since": p.since.isoformat(), "who": p.who, "why": p.why, "intake": p.intake}
        for name, p in held.items()
    ]
