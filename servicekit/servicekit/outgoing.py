"""What a batch sends: canonical events and receipts, as they go into the outbox and from there to Kafka."""

from datetime import datetime
from typing import Final, NamedTuple
from zlib import crc32

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
    headers: tuple[tuple[str, bytes | None], ...]


class _Place(msgspec.Struct):
    topic: str
    partition: int
    offset: int


class _Receipt(msgspec.Struct, kw_only=True, omit_defaults=True):
    event_id: str | None
    type: str | None
    referral_id: str | None
    fate: str
    reason: str | None = None
    field: str | None = None
    expected: str | None = None
    at: datetime
    position: _Place


TRACEPARENT: Final = "traceparent"  # the step of a trace that wrote a record: a header beside the event, not of it
_HEADERS_OF_RECEIPTS: Final = (("content-type", b"application/json"),)


def announcement(
    event: Event[Payload], accepted_at: datetime, sequence: int | None = None, trace: bytes | None = None
) -> Outgoing:
    """The canonical record of an event that was accepted then and made that version, in the lane of its subject."""
    record = codec.encode(event, accepted_at=accepted_at, sequence=sequence)
    key, headers = record.key or b"", record.headers if trace is None else (*record.headers, (TRACEPARENT, trace))
    return Outgoing(record.topic, lane(key, CANONICAL_PARTITIONS), key, record.value or b"", headers)


def receipt(item: Item, fate: str, problem: Problem | None, at: datetime, trace: bytes | None = None) -> Outgoing:
    """What the partner is told became of its record. Shape: `contracts.receipt.Receipt`."""
    record, read = item.record, item.read
    if isinstance(read, Refusal):
        event_id, referral_id = read.event_id, read.referral_id
    else:
        event_id, referral_id = read.id, read.subject
    body = _Receipt(
        event_id=event_id,
        type=read.type,
        referral_id=referral_id,
        fate=fate,
        reason=problem.code if problem else None,
        field=problem.field if problem else None,
        expected=problem.expected if problem else None,
        at=at,
        position=_Place(record.topic, record.partition, record.offset),
    )
    key = (event_id or record.place).encode()
    return Outgoing(
        topic=receipts(item.partner or ""),
        partition=crc32(key) % RECEIPT_PARTITIONS,  # each key comes once or twice: murmur2 in Python would cost more
        key=key,
        value=_json.encode(body),
        headers=_HEADERS_OF_RECEIPTS if trace is None else (*_HEADERS_OF_RECEIPTS, (TRACEPARENT, trace)),
    )


_json = msgspec.json.Encoder()
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Outgoing])


def pack(records: list[Outgoing]) -> bytes:
    """The body of an outbox document."""
    return _encoder.encode(records)


def unpack(body: bytes) -> list[Outgoing]:
    """The records of an outbox document."""
    return _decoder.decode(body)
