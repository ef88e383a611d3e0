"""What Kafka holds of our topics now: from where, up to where; and who is listening. It reads only."""

import asyncio
import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError

from contracts.topics import CANONICAL_TOPICS, inbox_parts, receipts
from ops import reading
from servicekit.positions import Position
from servicekit.settings import ServiceSettings
from servicekit.topics import partner_of

_COORDINATOR_SECONDS: Final = (
    20.0  # on a cluster that never had a group Kafka first makes the topic that it keeps them in
)
_PAUSE_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True)
class Log:
    """The cluster, who has inboxes there, and where each partition that was asked for begins and ends.

    `first`: the offset of its first record; `after`: the one after its last.
    """

    cluster: str
    partners: frozenset[str]
    first: dict[Position, int]
    after: dict[Position, int]

    def by_topic(self) -> dict[str, list[int]]:
        """Where each topic ends, partition by partition."""
        found: dict[str, list[int]] = {}
        for topic, partition in sorted(self.after):
            found.setdefault(topic, []).append(self.after[topic, partition])
        return found


def is_ours(topic: str) -> bool:
    """Whether it is a canonical topic, an inbox, or one of receipts."""
    return topic in CANONICAL_TOPICS or inbox_parts(topic) is not None or topic.startswith(receipts(""))


async def look(settings: ServiceSettings, partners: Collection[str], also: Collection[str] = ()) -> Log:
    """Where the canonical topics, those of these partners and those that are named begin and end now."""
    admin = AIOKafkaAdminClient(**settings.kafka_connection())
    try:
        await admin.start()
        cluster = str((await admin.describe_cluster()).get("cluster_id"))
        topics = [topic for topic in await admin.describe_topics() if is_ours(topic["topic"])]
    finally:
        await admin.close()
    wanted = {*CANONICAL_TOPICS, *also}
    places = [
        (topic["topic"], each["partition"])
        for topic in topics
        if topic["topic"] in wanted or partner_of(topic["topic"]) in partners
        for each in topic["partitions"]
    ]
    there = frozenset(inbox[0] for topic in topics if (inbox := inbox_parts(topic["topic"])))
    return Log(cluster, there, *await reading.bounds(settings, places))


async def listening(settings: ServiceSettings, groups: Collection[str]) -> list[str]:
    """Those of these consumer groups in which anybody is."""
    admin = AIOKafkaAdminClient(**settings.kafka_connection())
    try:
        await admin.start()
        return sorted([group for group in groups if await _has_members(admin, group)])
    finally:
        await admin.close()


async def _has_members(admin: AIOKafkaAdminClient, group: str) -> bool:
    """One group at a time: aiokafka 0.14 reads the answer about several with the shape of an older version."""
    deadline = time.monotonic() + _COORDINATOR_SECONDS
    while True:
        try:
            answers = await admin.describe_consumer_groups([group])
        except GroupCoordinatorNotAvailableError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(_PAUSE_SECONDS)
        else:
            return any(
                members for answer in answers for _code, _group, _state, _kind, _by, members, *_ in answer.groups
            )
