"""The topics that there are: how large, how long kept, whether they are as the contract wants, who reads them."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts import files
from contracts.topics import (
    CANONICAL_PARTITIONS,
    CANONICAL_TOPICS,
    GATES,
    INBOX_PARTITIONS,
    RECEIPT_PARTITIONS,
    inbox_parts,
    receipts,
)
from ops.standing.parts import used_bytes
from servicekit.positions import Position
from servicekit.topics import CANONICAL, INBOX, RECEIPTS, Found, found

_DAY_MS: Final = 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class TopicRow:
    """One topic. `records` that it holds; `bytes` where its files are on this machine; `kept_days` None: for ever.

    `problem`: what is not as the contract wants, in a sentence; None: all is. A topic that is missing has no more.
    """

    topic: str
    partitions: int
    records: int
    bytes: int | None
    kept_days: float | None
    problem: str | None
    readers: tuple[str, ...]


def topics_of(kafka: Mapping[str, Any], data: Path | None) -> list[TopicRow]:
    """Canonical topics, receipts and inboxes. `data`: where a broker of this machine keeps its files. It blocks."""
    there = asyncio.run(_held(kafka))
    pages = {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in _pages()}
    rows = [_row(topic, records, data, pages) for topic, records in there]
    missing = sorted({*CANONICAL_TOPICS} - {row.topic for row in rows})
    return [*(_missing(name, pages) for name in missing), *sorted(rows, key=lambda row: (_order(row.topic), row.topic))]


def wrong(topic: Found) -> str | None:
    """What of a topic is not as the contract wants it, in a sentence; None: nothing."""
    if topic.problem:
        return topic.problem
    partitions, settings = _wanted(topic.name)
    if topic.partitions != partitions:
        return f"it has {topic.partitions} partitions, and the contract wants {partitions}"
    for setting, value in settings.items():
        if (now := topic.settings.get(setting)) != value:
            return f"{setting} is {now}, and the contract wants {value}"
    return None


def _wanted(name: str) -> tuple[int, Mapping[str, str]]:
    if name in CANONICAL_TOPICS:
        return CANONICAL_PARTITIONS, CANONICAL
    return (INBOX_PARTITIONS, INBOX) if inbox_parts(name) else (RECEIPT_PARTITIONS, RECEIPTS)


def _is_ours(name: str) -> bool:
    return name in CANONICAL_TOPICS or inbox_parts(name) is not None or name.startswith(receipts(""))


def _order(name: str) -> int:
    return 0 if name in CANONICAL_TOPICS else 1 if inbox_parts(name) else 2


def _row(topic: Found, records: int, data: Path | None, pages: Mapping[str, Any]) -> TopicRow:
    kept = int(topic.settings.get("retention.ms", "-1"))
    return TopicRow(
        topic=topic.name,
        partitions=topic.partitions,
        records=records,
        bytes=sum(map(used_bytes, _folders(data, topic))) if data else None,
        kept_days=None if kept < 0 else kept / _DAY_MS,
        problem=wrong(topic),
        readers=readers_of(topic.name, pages),
    )


def _missing(name: str, pages: Mapping[str, Any]) -> TopicRow:
    return TopicRow(
        name, 0, 0, None, None, "it is not there: a service makes it when it starts", readers_of(name, pages)
    )


def readers_of(name: str, pages: Mapping[str, Any]) -> tuple[str, ...]:
    """Who reads it, as the pages of the contract say; of an inbox the one gate that keeps the topic it is for."""
    if parts := inbox_parts(name):
        return (pages[parts[1]]["owner"],) if parts[1] in GATES else ()
    return tuple(pages[name if name in CANONICAL_TOPICS else "receipts"]["consumers"])


def _pages() -> Sequence[Path]:
    return sorted((files.folder() / "topics").glob("*.yaml"))


def _folders(data: Path, topic: Found) -> list[Path]:
    return [data / "data" / f"{topic.name}-{number}" for number in range(topic.partitions)]


async def _held(kafka: Mapping[str, Any]) -> list[tuple[Found, int]]:
    """Every topic of ours, and how many records it holds."""
    topics = await found(kafka, _is_ours)
    consumer = AIOKafkaConsumer(**kafka, group_id=None)
    try:
        await consumer.start()
        places = [TopicPartition(topic.name, number) for topic in topics for number in range(topic.partitions)]
        consumer.assign(places)  # all at once: it would learn of topics one by one, half a second each
        consumer.pause(*places)
        first, end = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
    finally:
        await consumer.stop()
    held: dict[Position, int] = {(place.topic, place.partition): end[place] - first[place] for place in places}
    return [(topic, sum(n for place, n in held.items() if place[0] == topic.name)) for topic in topics]
