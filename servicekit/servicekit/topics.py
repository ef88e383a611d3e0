"""Creates topics as the contract sets them up, and asserts that those which are there are so."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, UnknownTopicOrPartitionError, for_code

from contracts.topics import (
    CANONICAL_PARTITIONS,
    CANONICAL_TOPICS,
    INBOX_DAYS,
    INBOX_PARTITIONS,
    LARGEST_BATCH_BYTES,
    RECEIPT_DAYS,
    RECEIPT_PARTITIONS,
    inbox_parts,
    receipts,
)
from servicekit.unfit import Unfit

_DAY_MS: Final = 24 * 60 * 60 * 1000
_ASKED_AT_ONCE: Final = 500  # topics: with their settings they are a long answer
# Compressed values are refused a size check by the broker: 300 MB of zeros pass a limit of 1 MiB when gzipped.
_BOUNDED: Final = {"max.message.bytes": str(LARGEST_BATCH_BYTES), "compression.type": "uncompressed"}
CANONICAL: Final = {**_BOUNDED, "retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete"}
INBOX: Final = {**_BOUNDED, "retention.ms": str(INBOX_DAYS * _DAY_MS), "cleanup.policy": "delete"}
RECEIPTS: Final = {**_BOUNDED, "retention.ms": str(RECEIPT_DAYS * _DAY_MS), "cleanup.policy": "delete"}


class TopicsUnfit(Unfit):
    """A topic is not set up as the guarantees need it."""


async def ensure(
    kafka: Mapping[str, Any], topics: Mapping[str, tuple[int, Mapping[str, str]]], *, replication: int = 1
) -> None:
    """Create each topic with (partitions, settings) unless it is there; `replication` is the number of copies."""
    admin = AIOKafkaAdminClient(**kafka)
    try:
        await admin.start()
        safe = {"min.insync.replicas": str(replication // 2 + 1)} if replication > 1 else {}
        new = [
            NewTopic(
                name, num_partitions=partitions, replication_factor=replication, topic_configs={**settings, **safe}
            )
            for name, (partitions, settings) in topics.items()
        ]
        answer = await admin.create_topics(new)
        for name, code, *_ in answer.topic_errors:  # the admin client does not raise
            error = for_code(code)
            if code and error is not TopicAlreadyExistsError:
                raise error(f"topic {name} could not be created")
    finally:
        await admin.close()


async def ensure_canonical(kafka: Mapping[str, Any], *, replication: int = 1) -> None:
    """Create the canonical topics, and assert that each is as it must be."""
    await ensure(kafka, dict.fromkeys(CANONICAL_TOPICS, (CANONICAL_PARTITIONS, CANONICAL)), replication=replication)
    await assert_fit(kafka, ())


async def ensure_partner(kafka: Mapping[str, Any], answers: str, inboxes: list[str], *, replication: int = 1) -> None:
    """Create a partner's receipts first, then its inboxes, so that no event can be without its receipt."""
    await ensure(kafka, {answers: (RECEIPT_PARTITIONS, RECEIPTS)}, replication=replication)
    await ensure(kafka, dict.fromkeys(inboxes, (INBOX_PARTITIONS, INBOX)), replication=replication)


def unfit(topic: str, partitions: int, settings: Mapping[str, str], replicas: int = 1) -> str | None:
    """What is wrong with a canonical topic, in a sentence; None if it is as the guarantees need it."""
    if partitions != CANONICAL_PARTITIONS:
        return (
            f"topic {topic} has {partitions} partitions and must have {CANONICAL_PARTITIONS}: "
            "the order of a referral rests on it; make a new generation of topics and rebuild"
        )
    for setting in ("retention.ms", "retention.bytes"):
        if settings.get(setting) != "-1":
            return (
                f"topic {topic} has {setting}={settings.get(setting)} and must have -1: "
                "it is the source from which everything is rebuilt"
            )
    return unfit_anywhere(topic, settings, replicas)


def unfit_anywhere(topic: str, settings: Mapping[str, str], replicas: int = 1) -> str | None:
    """What is wrong with any topic of ours, a partner's too: what loses records, or lets in what is out of bounds."""
    wanted = {
        "cleanup.policy": ("delete", "a compacted topic forgets events"),
        "compression.type": ("uncompressed", "or the broker does not look how large a record unpacks"),
        "unclean.leader.election.enable": (
            "false",
            "or a broker that lags behind can become the leader, and records are lost",
        ),
    }
    for setting, (value, why) in wanted.items():
        if settings.get(setting, value) != value:
            return f"topic {topic} has {setting}={settings[setting]} and must have {value}: {why}"
    if int(settings.get("max.message.bytes", LARGEST_BATCH_BYTES)) > LARGEST_BATCH_BYTES:
        return (
            f"topic {topic} has max.message.bytes={settings['max.message.bytes']} and must have at most "
            f"{LARGEST_BATCH_BYTES}: it bounds the memory of whoever reads"
        )
    in_sync, needed = int(settings.get("min.insync.replicas", 1)), replicas // 2 + 1
    if in_sync < needed:
        return (
            f"topic {topic} has min.insync.replicas={in_sync} with {replicas} replicas and must have {needed}: "
            "or what was acknowledged is lost with one broker"
        )
    return None


class Found(NamedTuple):
    """A topic as Kafka has it. `replicas`: copies of each partition."""

    name: str
    partitions: int
    replicas: int
    settings: Mapping[str, str]

    @property
    def problem(self) -> str | None:
        """What is wrong with it, in a sentence; None if it is as the guarantees need it."""
        if self.name in CANONICAL_TOPICS:
            return unfit(self.name, self.partitions, self.settings, self.replicas)
        return unfit_anywhere(self.name, self.settings, self.replicas)


async def found(kafka: Mapping[str, Any], is_wanted: Callable[[str], bool]) -> list[Found]:
    """The topics with such names, as they are set up."""
    admin = AIOKafkaAdminClient(**kafka)
    topics: list[Found] = []
    try:
        await admin.start()
        names = [name for name in await admin.list_topics() if is_wanted(name)]
        for begin in range(0, len(names), _ASKED_AT_ONCE):
            topics += await _described(admin, names[begin : begin + _ASKED_AT_ONCE])
        return topics
    finally:
        await admin.close()


async def _described(admin: AIOKafkaAdminClient, names: list[str]) -> list[Found]:
    topics: list[Found] = []
    described = {topic["topic"]: topic["partitions"] for topic in await admin.describe_topics(names)}
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    for response in await admin.describe_configs(resources):
        for code, _message, _kind, name, entries in response.resources:
            if code == UnknownTopicOrPartitionError.errno:
                continue  # deleted since it was listed
            if code:
                raise for_code(code)(f"settings of topic {name} could not be read")
            replicas = max((len(partition["replicas"]) for partition in described[name]), default=1)
            settings = {entry[0]: entry[1] for entry in entries}
            topics.append(Found(name, len(described[name]), replicas, settings))
    return topics


async def assert_fit(kafka: Mapping[str, Any], partners: Collection[str]) -> None:
    """Canonical topics and those of these partners are set up as the guarantees need it. Raises `TopicsUnfit`."""
    for topic in await found(kafka, lambda name: name in CANONICAL_TOPICS or partner_of(name) in partners):
        if topic.problem:
            raise TopicsUnfit(topic.problem)


async def assert_assignor(kafka: Mapping[str, Any], groups: Collection[str], assignor: str) -> None:
    """Whoever is in these groups already shares partitions out as we do. Raises `TopicsUnfit`."""
    admin = AIOKafkaAdminClient(**kafka)
    try:
        await admin.start()
        # One at a time: aiokafka 0.14 reads the answer about several with the shape of an older version, and stumbles.
        responses = [response for group in groups for response in await admin.describe_consumer_groups([group])]
        for response in responses:
            for _code, group, _state, _kind, protocol, members, *_ in response.groups:
                if members and protocol and protocol != assignor:
                    raise TopicsUnfit(
                        f"group {group} has members that share partitions out by {protocol}, and this release does by "
                        f"{assignor}: stop them all, then start this one"
                    )
    finally:
        await admin.close()


def partner_of(topic: str) -> str:
    """Whose inbox or receipts a topic of this name holds; of any other topic ''."""
    inbox = inbox_parts(topic)
    if inbox is not None:
        return inbox[0]
    return topic.removeprefix(receipts("")) if topic.startswith(receipts("")) else ""
