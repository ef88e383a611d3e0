"""The raw limit of a gate: fetch, validate, produce the event and its receipt. Nothing is kept, nothing guaranteed."""

import asyncio
import json
from collections import defaultdict, deque
from datetime import UTC, datetime
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from pydantic import TypeAdapter

from benchmarks.child import say
from benchmarks.raw.settings import RawSettings, batch, collect, consumer, tame_collector
from contracts.session_held import SessionHeld
from contracts.topics import CANONICAL_PARTITIONS, RECEIPT_PARTITIONS
from servicekit.lanes import lane

_ADAPTERS: Final[dict[str, TypeAdapter[Any]]] = {"footing.session-held.v1": TypeAdapter(SessionHeld)}
_ON_THEIR_WAY: Final = 4  # batches, as many as our relay lets wait

Place = tuple[str, int]
Outgoing = tuple[bytes, bytes, list[tuple[str, bytes]]]


def answer(message: Any, now: str, out: defaultdict[Place, list[Outgoing]]) -> None:
    """One event: what goes to its canonical topic, and its receipt."""
    said = {name: value.decode() for name, value in message.headers}
    data = _ADAPTERS[said["ce_type"]].validate_json(message.value)
    _, partner, topic = message.topic.split(".")
    key = said["ce_subject"].encode()
    headers = [*message.headers, ("ce_acceptedtime", now.encode())]
    out[topic, lane(key, CANONICAL_PARTITIONS)].append((key, message.value, headers))
    receipt = {
        "event_id": said["ce_id"],
        "type": said["ce_type"],
        "referral_id": data.referral_id,
        "fate": "accepted",
        "at": now,
        "position": {"topic": message.topic, "partition": message.partition, "offset": message.offset},
    }
    told = said["ce_id"].encode()
    place = f"receipts.{partner}", lane(told, RECEIPT_PARTITIONS)
    out[place].append((told, json.dumps(receipt).encode(), [("content-type", b"application/json")]))


async def send(producer: AIOKafkaProducer, place: Place, records: list[Outgoing]) -> list[asyncio.Future[Any]]:
    """Pack the records of one partition, as our relay does: one at a time costs twice as much."""
    futures, packed = [], producer.create_batch()
    for key, value, headers in records:
        if packed.append(key=key, value=value, timestamp=None, headers=headers) is None:
            futures.append(await producer.send_batch(packed, place[0], partition=place[1]))
            packed = producer.create_batch()
            packed.append(key=key, value=value, timestamp=None, headers=headers)
    futures.append(await producer.send_batch(packed, place[0], partition=place[1]))
    return futures


async def send_all(producer: AIOKafkaProducer, out: defaultdict[Place, list[Outgoing]]) -> int:
    """Send a batch's records and wait until Kafka has them; how many they were."""
    for futures in await asyncio.gather(*(send(producer, place, records) for place, records in out.items())):
        await asyncio.gather(*futures)
    return sum(map(len, out.values()))


async def main() -> None:
    """Run until killed or told to stop."""
    settings = RawSettings()
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka_url, acks="all", max_batch_size=128 * 1024)
    await producer.start()
    source = await consumer(settings)
    tame_collector()
    on_their_way: deque[asyncio.Task[int]] = deque()
    batches = sent = 0
    while True:
        messages = await batch(source, settings)
        if messages:
            now, out = datetime.now(UTC).isoformat(), defaultdict[Place, list[Outgoing]](list)
            for message in messages:
                answer(message, now, out)
            on_their_way.append(asyncio.create_task(send_all(producer, out)))
            say("batch", records=len(messages))
            batches += 1
            del messages, out
            collect(batches)
        while on_their_way and (len(on_their_way) > _ON_THEIR_WAY or on_their_way[0].done()):
            sent += await on_their_way.popleft()
            say("sent", records=sent)


if __name__ == "__main__":
    asyncio.run(main())
