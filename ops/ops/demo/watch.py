"""Watches from outside how far the services are: positions in MongoDB against the ends of Kafka's topics."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]
from pymongo import MongoClient

from contracts.topics import CANONICAL_TOPICS, inbox_parts
from servicekit.settings import ServiceSettings

_LOOPS_LIVE_IN: Final = ("referral", "case", "outcomes", "notify", "door")
INBOXES: Final = "inbox."
RECEIPTS: Final = "receipts."
_ANSWER_SECONDS: Final = 15.0


@dataclass(frozen=True, slots=True)
class Standing:
    """How far things are, in events: heard by the gates, what became of them, counted by the projector.

    `behind`: accepted, and not yet counted. `settled`: nothing is in hand anywhere.
    """

    heard: int = 0
    accepted: int = 0
    refused: int = 0
    duplicates: int = 0
    waiting: int = 0
    parked: int = 0
    projected: int = 0
    behind: int = 0
    settled: bool = False


class Watch:
    """Reads only. `look()` costs a few reads of MongoDB and one question to Kafka."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._client: MongoClient[dict[str, Any]] = MongoClient(**settings.mongo_connection())
        self._prefix = settings.database_prefix
        self._admin = AdminClient({"bootstrap.servers": settings.kafka_url, "log_level": 0})

    def look(self) -> Standing:
        """How far things are now."""
        outboxes = sum(self._client[self._prefix + name].outbox.count_documents({}) for name in _LOOPS_LIVE_IN)
        ends = self._ends()
        positions = {name: list(self._client[self._prefix + name].positions.find()) for name in _LOOPS_LIVE_IN}
        gates = [entry for found in positions.values() for entry in found if inbox_parts(entry["topic"])]
        projector = [entry for entry in positions["outcomes"] if entry["loop"] == "projector"]
        endings: Counter[str] = Counter()
        for entry in gates:
            endings.update(entry.get("endings", {}))
        every = [entry for found in positions.values() for entry in found]
        waiting = sum(count for entry in every for count in entry.get("waiting", {}).values())
        read = {(entry["topic"], entry["partition"]) for entry in gates}
        behind = {id(entry): ends.get((entry["topic"], entry["partition"]), 0) - entry["next"] for entry in every}
        return Standing(
            heard=sum(entry["next"] for entry in gates),
            accepted=endings["applied"] + endings["waiting"] - waiting,
            refused=endings["refused"],
            duplicates=endings["duplicate"],
            waiting=waiting,
            parked=sum(self._client[self._prefix + name].parked.count_documents({}) for name in _LOOPS_LIVE_IN),
            projected=sum(entry["next"] for entry in projector),
            behind=sum(behind[id(entry)] for entry in projector),
            settled=not outboxes
            and not any(behind.values())
            and all(place in read for place in ends if inbox_parts(place[0])),
        )

    def events_of_schemes(self) -> dict[str, int]:
        """How many accepted events stand behind each scheme's journeys."""
        journeys = self._client[f"{self._prefix}outcomes"].journeys
        grouped = {"$group": {"_id": "$scheme_id", "events": {"$sum": {"$size": "$applied"}}}}
        return {entry["_id"]: entry["events"] for entry in journeys.aggregate([grouped])}

    def events_on(self, topic: str) -> int:
        """How many events a canonical topic holds."""
        return sum(end for place, end in self._ends().items() if place[0] == topic)

    def _ends(self) -> Mapping[tuple[str, int], int]:
        """The end of each partition of inboxes, canonical topics and receipts that holds anything."""
        topics = self._admin.list_topics(timeout=_ANSWER_SECONDS).topics
        asked = {
            TopicPartition(name, partition): OffsetSpec.latest()  # type: ignore[no-untyped-call]
            for name, topic in topics.items()
            if name in CANONICAL_TOPICS or name.startswith((INBOXES, RECEIPTS))
            for partition in topic.partitions
        }
        answers = self._admin.list_offsets(asked, request_timeout=_ANSWER_SECONDS)
        ends = {(place.topic, place.partition): answer.result().offset for place, answer in answers.items()}
        return {place: end for place, end in ends.items() if end}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._client.close()
