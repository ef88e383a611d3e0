"""Creates topics as the contract sets them up, and asserts that those which are there are so."""

from collections.abc import Mapping
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, for_code

from contracts.topics import (
    CANONICAL_PARTITIONS,
    CANONICAL_TOPICS,
    INBOX_DAYS,
    INBOX_PARTITIONS,
    LARGEST_BATCH_BYTES,
    RECEIPT_DAYS,
    RECEIPT_PARTITIONS,
)
from servicekit.unfit import Unfit

_DAY_MS: Final = 24 * 60 * 60 * 1000
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
        new = [
            NewTopic(name, num_partitions=partitions, replication_factor=replication, topic_configs=dict(settings))
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
    """Create the canonical topics, and assert that each has the partitions and the retention that it must have."""
    await ensure(kafka, dict.fromkeys(CANONICAL_TOPICS, (CANONICAL_PARTITIONS, CANONICAL)), replication=replication)
    await _assert_canonical(kafka)


async def ensure_partner(kafka: Mapping[str, Any], receipts: str, inboxes: list[str], *, replication: int = 1) -> None:
    """Create a partner's receipts first, then its inboxes, so that no event can be without its receipt."""
    await ensure(kafka, {receipts: (RECEIPT_PARTITIONS, RECEIPTS)}, replication=replication)
    await ensure(kafka, dict.fromkeys(inboxes, (INBOX_PARTITIONS, INBOX)), replication=replication)


def unfit(topic: str, partitions: int, settings: Mapping[str, str]) -> str | None:
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
    return None


async def _assert_canonical(kafka: Mapping[str, Any]) -> None:
    admin = AIOKafkaAdminClient(**kafka)
    try:
        await admin.start()
        described = await admin.describe_topics(list(CANONICAL_TOPICS))
        partitions = {topic["topic"]: len(topic["partitions"]) for topic in described}
        resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in CANONICAL_TOPICS]
        for response in await admin.describe_configs(resources):
            for code, _message, _kind, name, entries in response.resources:
                if code:
                    raise for_code(code)(f"settings of topic {name} could not be read")
                settings = {entry[0]: entry[1] for entry in entries}
                if problem := unfit(name, partitions[name], settings):
                    raise TopicsUnfit(problem)
    finally:
        await admin.close()
