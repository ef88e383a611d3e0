"""What a batch sends: canonical events and receipts, as they go into the outbox and from there to Kafka."""

from datetime import datetime
from typing import NamedTuple

import msgspec

from contracts import codec
from contracts.envelope import Event, Payload, Problem, Refusal
from contracts.topics import CANONICAL_PARTITIONS, RECEIPT_PARTITIONS, receipts
from servicekit.lanes import lane
from servicekit.reading import Item


class Outgoing(NamedTuple):
    """One record to be sent, its partition worked out already."""

    topic: str
    partition: int
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


def announcement(event: Event[Payload]) -> Outgoing:
    """The canonical record of an accepted event, in the lane of its subject."""
    record = codec.encode(event)
    key, headers = event.subject.encode(), tuple((name, value or b"") for name, value in record.headers)
    return Outgoing(record.topic, lane(key, CANONICAL_PARTITIONS), key, record.value or b"", headers)


def receipt(item: Item, fate: str, problem: Problem | None, at: datetime) -> Outgoing:
    """What the partner is told became of its record. Shape: `contracts.receipt.Receipt`."""
    record, read = item.record, item.read
    if isinstance(read, Refusal):
        event_id, kind, referral_id = read.event_id, read.type, read.referral_id
    else:
        event_id, kind, referral_id = read.id, read.type, read.subject
    body: dict[str, object] = {"event_id": event_id, "type": kind, "referral_id": referral_id, "fate": fate}
    if problem is not None:
        reason = {"reason": problem.code, "field": problem.field, "expected": problem.expected}
        body |= {name: value for name, value in reason.items() if value is not None}
    body["at"] = at
    body["position"] = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
    key = (event_id or record.place).encode()
    return Outgoing(
        topic=receipts(item.partner or ""),
        partition=lane(key, RECEIPT_PARTITIONS),
        key=key,
        value=msgspec.json.encode(body),
        headers=(("content-type", b"application/json"),),
    )


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Outgoing])


def pack(records: list[Outgoing]) -> bytes:
    """The body of an outbox document."""
    return _encoder.encode(records)


def unpack(body: bytes) -> list[Outgoing]:
    """The records of an outbox document."""
    return _decoder.decode(body)
