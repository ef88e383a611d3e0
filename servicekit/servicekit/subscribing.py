"""The FastStream subscriber of a loop: raw bytes in batches, no acknowledgement that could lose or block anything."""

from collections.abc import Sequence
from typing import Any, Final

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.message import FAKE_CONSUMER

from contracts.envelope import Record
from servicekit.ports import Listener
from servicekit.seat import KafkaSeat
from servicekit.settings import KAFKA_PAUSE_MS, ServiceSettings

ASSIGNOR: Final = RangePartitionAssignor  # lane p of all topics goes to one member
_METADATA_MAX_AGE_MS: Final = 10_000  # a new partner's topic is read after at most so long
_MAX_POLL_INTERVAL_MS: Final = 3_600_000  # an outage of MongoDB is waited out in hand; it must not cost the seat
_PARTITION_FETCH_BYTES: Final = 1024 * 1024  # times the partitions assigned: the bound of what is held unread
_GATHERED_BYTES: Final = 256 * 1024
_IDLE_FETCH_MS: Final = 500
_HEARTBEATS_A_SESSION: Final = 10
_STOP_SECONDS: Final = 1.0  # the batch in hand was waited for before


def subscribe(
    settings: ServiceSettings,
    *,
    group: str,
    pattern: str,
    listener: Listener,
    gathers_ms: int = 0,
) -> KafkaSeat:
    """A seat in the group, not taken yet: one subscriber to all topics of `pattern`.

    Range assignment over one subscriber keeps lane p of all canonical topics on one member of the group. Kafka waits
    for more than a little to fetch, for `gathers_ms` at most.
    """
    broker = KafkaBroker(
        settings.kafka_url,
        security=settings.kafka_security,
        metadata_max_age_ms=_METADATA_MAX_AGE_MS,
        retry_backoff_ms=KAFKA_PAUSE_MS,
        consumer_only=True,
        allow_auto_create_topics=False,
        apply_types=False,
        logger=None,
        graceful_timeout=_STOP_SECONDS,
    )
    subscriber = broker.subscriber(
        pattern=pattern.replace("{", "{{").replace("}", "}}"),  # FastStream reads {name} as a parameter
        group_id=group,
        batch=True,
        max_records=settings.batch_records,
        batch_timeout_ms=settings.batch_timeout_ms,
        ack_policy=AckPolicy.MANUAL,
        auto_offset_reset="earliest",
        partition_assignment_strategy=[ASSIGNOR],
        session_timeout_ms=settings.session_timeout_ms,
        heartbeat_interval_ms=max(300, settings.session_timeout_ms // _HEARTBEATS_A_SESSION),
        max_poll_interval_ms=_MAX_POLL_INTERVAL_MS,
        max_partition_fetch_bytes=_PARTITION_FETCH_BYTES,
        fetch_min_bytes=_GATHERED_BYTES if gathers_ms else 1,
        fetch_max_wait_ms=gathers_ms or _IDLE_FETCH_MS,
        listener=_Rebalances(listener),
        parser=_parse,
        decoder=_decode,
    )
    subscriber(listener.handle)
    return KafkaSeat(broker, subscriber)


class _Rebalances(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    async def on_partitions_revoked(self, _revoked: set[TopicPartition]) -> None:
        await self._listener.revoked()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        await self._listener.assigned({(tp.topic, tp.partition) for tp in assigned})


async def _parse(messages: Sequence[Any]) -> KafkaMessage:
    """Wrap a batch without looking into it: the stock parser dies on a header that is not UTF-8."""
    records = [Record(m.topic, m.partition, m.offset, m.key, m.value, tuple(m.headers)) for m in messages]
    return KafkaMessage(raw_message=tuple(messages), body=records, consumer=FAKE_CONSUMER)


async def _decode(message: KafkaMessage) -> Any:
    """The records as they are: the stock decoder guesses JSON."""
    return message.body
