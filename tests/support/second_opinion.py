"""What an independent program makes of the topics, beside what the views say: read with plain clients, at rest only."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import confluent_kafka
from confluent_kafka import Consumer, TopicPartition
from oracle import export
from oracle.dump import read_lines
from oracle.london import london_day
from oracle.opinion import form
from pymongo import MongoClient

import schemes

# All that a journey or a figure can follow from; a session not held may be what a session held corrects.
TOPICS: Final = (
    "referral-made", "session-held", "session-not-held", "outcome-recorded", "fit-notes-counted", "erasure-requested",
)  # fmt: skip
_PATIENCE_SECONDS: Final = 30.0


def disagreements(
    kafka_url: str, mongo_url: str, schemes_folder: Path | None = None, prefix: str = "footing_"
) -> list[str]:
    """Each field in which the views of the outcomes database differ from what the raw topics say, as of today.

    Nothing may be in hand, and all that is on the topics must have come through the gates.
    """
    known = [scheme.model_dump(mode="json", by_alias=True) for scheme in schemes.load(schemes_folder).values()]
    opinion = form(read_lines(dumped(kafka_url)), known, london_day(datetime.now(UTC)))
    with MongoClient[dict[str, Any]](mongo_url, tz_aware=True) as client:
        return opinion.differences(json.loads(line) for line in export.lines(client[f"{prefix}outcomes"]))


def dumped(kafka_url: str) -> Iterator[str]:
    """Every record of the topics up to their ends, as `kcat -J` prints it."""
    # Nothing is committed: the group exists only because the client asks for its name.
    consumer = Consumer({"bootstrap.servers": kafka_url, "group.id": "second-opinion", "enable.auto.commit": False})
    try:
        for topic in TOPICS:
            for partition in consumer.list_topics(topic, _PATIENCE_SECONDS).topics[topic].partitions:
                yield from _partition(consumer, TopicPartition(topic, partition, 0))
    finally:
        consumer.close()


def _partition(consumer: Consumer, start: TopicPartition) -> Iterator[str]:
    _, end = consumer.get_watermark_offsets(start, timeout=_PATIENCE_SECONDS)
    consumer.assign([start])
    read = 0
    while read < end:
        message = consumer.poll(_PATIENCE_SECONDS)
        assert message is not None and message.error() is None, f"{start} ends at {end}, and cannot be read to there"
        read = (message.offset() or 0) + 1
        yield _line(message)


def _line(message: confluent_kafka.Message) -> str:
    headers: list[Any] = list(message.headers() or ())
    return json.dumps(
        {
            "topic": message.topic(),
            "partition": message.partition(),
            "offset": message.offset(),
            "headers": [text for name, value in headers for text in (name, _decoded(value))],
            "key": _decoded(message.key()),
            "payload": _decoded(message.value()),
        }
    )


def _decoded(value: str | bytes | None) -> str:
    return value.decode() if isinstance(value, bytes) else value or ""
