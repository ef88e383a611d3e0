"""Writes records to topics as fast as librdkafka can, in the partitions that our own relay would choose."""

from collections.abc import Iterable
from typing import Any, Final

from confluent_kafka import Producer

from contracts.envelope import Record

_FLUSH_SECONDS: Final = 120.0


def fill(kafka_url: str, records: Iterable[Record]) -> int:
    """Write the records in order, each acknowledged; how many there were."""
    producer = Producer(
        {
            "bootstrap.servers": kafka_url,
            "partitioner": "murmur2_random",  # of a key always the same: Java's, and `servicekit.lanes`
            "acks": "all",
            "enable.idempotence": True,
            "linger.ms": 20,
            "batch.size": 128 * 1024,
            "queue.buffering.max.messages": 50_000,
            "log_level": 0,
        }
    )
    failed: list[str] = []

    def told(error: Any, _message: Any) -> None:
        if error is not None:
            failed.append(error.name())

    count = 0
    for record in records:
        while True:
            try:
                producer.produce(record.topic, record.value, record.key, headers=list(record.headers), on_delivery=told)
                break
            except BufferError:
                producer.poll(0.1)
        count += 1
        if count % 1_000 == 0:
            producer.poll(0)
    unheard = producer.flush(_FLUSH_SECONDS)
    if failed or unheard:
        raise RuntimeError(f"Kafka did not take {len(failed) + unheard} records: {failed[:1]}")
    return count
