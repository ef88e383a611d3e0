"""Reads topics on from where it stopped, to their ends, with a plain client."""

import time
from collections.abc import Callable, Iterator
from typing import Final

from confluent_kafka import Consumer, Message, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

_PATIENCE_SECONDS: Final = 30.0


class Tail:
    """All partitions of the topics that `wanted` names, each record once."""

    def __init__(self, kafka_url: str, wanted: Callable[[str], bool]) -> None:
        self._wanted = wanted
        self._next: dict[tuple[str, int], int] = {}
        # Nothing is committed: the group exists only because the client asks for its name.
        settings = {"bootstrap.servers": kafka_url, "group.id": "tail", "enable.auto.commit": False, "log_level": 0}
        self._consumer = Consumer(settings)
        self._admin = AdminClient({"bootstrap.servers": kafka_url, "log_level": 0})

    def ends(self) -> dict[tuple[str, int], int]:
        """The end of each partition now."""
        topics = self._admin.list_topics(timeout=_PATIENCE_SECONDS).topics
        asked = {
            TopicPartition(name, number): OffsetSpec.latest()  # type: ignore[no-untyped-call]
            for name, topic in topics.items()
            if self._wanted(name)
            for number in topic.partitions
        }
        answers = self._admin.list_offsets(asked, request_timeout=_PATIENCE_SECONDS)
        return {(place.topic, place.partition): answer.result().offset for place, answer in answers.items()}

    def read(self) -> Iterator[Message]:
        """What has come since the last time."""
        left = {place: end for place, end in self.ends().items() if end > self._next.get(place, 0)}
        self._consumer.assign([TopicPartition(*place, self._next.get(place, 0)) for place in left])
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while left:
            for message in self._consumer.consume(5000, timeout=0.1):
                assert message.error() is None, message.error()
                deadline = time.monotonic() + _PATIENCE_SECONDS
                place, offset = (message.topic() or "", message.partition() or 0), message.offset() or 0
                if place in left:  # else it came after the end
                    self._next[place] = offset + 1
                    if offset + 1 >= left[place]:
                        del left[place]
                    yield message
            assert time.monotonic() < deadline, f"cannot be read to the end: {sorted(left)}"

    def close(self) -> None:
        """Leave."""
        self._consumer.close()
