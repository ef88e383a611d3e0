"""What a raw worker is told, and what its consumer and its collector share with ours."""

import gc
from collections.abc import Sequence
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from pydantic_settings import BaseSettings, SettingsConfigDict

from benchmarks.child import say

FULL_COLLECTION_EVERY: Final = 200


class RawSettings(BaseSettings):
    """Where Kafka and MongoDB are, what to read, where to write, and as which group."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    kafka_url: str
    mongo_url: str
    bench_pattern: str
    bench_group: str
    bench_database: str
    batch_records: int = 5000
    batch_timeout_ms: int = 10


class _Begun(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    async def on_partitions_revoked(self, revoked: Any) -> None:
        """Nothing is to be saved."""

    async def on_partitions_assigned(self, assigned: Any) -> None:
        """The clock starts."""
        if assigned:
            say("took_over", partitions=len(assigned))


async def consumer(settings: RawSettings) -> AIOKafkaConsumer:
    """A started consumer with the same bounds as ours; it commits by itself every five seconds, as is the default."""
    started = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka_url,
        group_id=settings.bench_group,
        auto_offset_reset="earliest",
        partition_assignment_strategy=[RangePartitionAssignor],
        max_partition_fetch_bytes=1024 * 1024,
    )
    started.subscribe(pattern=settings.bench_pattern, listener=_Begun())
    await started.start()
    return started


async def batch(consumer: AIOKafkaConsumer, settings: RawSettings) -> Sequence[Any]:
    """The next messages, of all partitions, in the order in which they were fetched."""
    fetched = await consumer.getmany(timeout_ms=settings.batch_timeout_ms, max_records=settings.batch_records)
    return [message for messages in fetched.values() for message in messages]


def tame_collector() -> None:
    """The same rule as in `servicekit.starting`."""
    gc.collect()
    gc.freeze()
    gc.disable()


def collect(batches: int) -> None:
    """The same rule as in `servicekit.runner`."""
    gc.collect(2 if batches % FULL_COLLECTION_EVERY == 0 else 0)
