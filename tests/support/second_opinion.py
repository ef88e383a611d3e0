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
        left = {place: end for place in _places(consumer) if (end := _end(consumer, *place))}
        consumer.assign([TopicPartition(topic, partition, 0) for topic, partition in left])
        while left:
            message = consumer.poll(_PATIENCE_SECONDS)
            assert message is not None and message.error() is None, f"cannot be read to the end: {sorted(left)}"
            place, after = (message.topic() or "", message.partition() or 0), (message.offset() or 0) + 1
            if place in left:  # else it came after the end
                yield line_of(message)
                if after >= left[place]:
                    del left[place]
    finally:
        consumer.close()


def _places(consumer: Consumer) -> Iterator[tuple[str, int]]:
    known = consumer.list_topics(timeout=_PATIENCE_SECONDS).topics
    return ((topic, partition) for topic in TOPICS for partition in known[topic].partitions)


def _end(consumer: Consumer, topic: str, partition: int) -> int:
    _, end = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=_PATIENCE_SECONDS)
    return end


def line_of(message: confluent_kafka.Message) -> str:
    """One record as `kcat -J` prints it."""
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
