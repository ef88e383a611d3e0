"""A record of the log as a loop takes it up: where it stands, what could be read of it, what it is known by."""

import hashlib
from typing import Final

import msgspec

from contracts import codec
from contracts.envelope import Event, Payload, Record, Refusal
from contracts.topics import inbox_parts
from servicekit.partners import Partners

_TYPE_BYTES: Final = 4
_PARTNER_BYTES: Final = 4
_type_keys: dict[str, bytes] = {}


class Item(msgspec.Struct, frozen=True):
    """One record after reading. `partner` is the inbox's, None on canonical topics.

    `identity` is (partner number, event type, id) as 24 bytes, `content` the hash of what the event says.
    """

    record: Record
    partner: str | None
    read: Event[Payload] | Refusal
    identity: bytes | None = None
    content: bytes | None = None


def read(record: Record, partners: Partners, *, remembers: bool) -> Item:
    """Decode one record: strictly from an inbox, tolerantly from a canonical topic. Cannot fail.

    A loop that keeps no identities (its documents know what they applied) needs none worked out.
    """
    inbox = inbox_parts(record.topic)
    result = codec.decode_inbox(record) if inbox else codec.decode_canonical(record)
    partner = inbox[0] if inbox else None
    if not remembers:
        return Item(record, partner, result)
    if isinstance(result, Refusal):
        return Item(record, partner, result, _identity_of_refused(result, partner, partners))
    return Item(record, partner, result, identity(result, partners), codec.content_hash(result))


def identity(event: Event[Payload], partners: Partners) -> bytes | None:
    """What an event is known by for ever; None if its partner was never registered."""
    return _identity(event.partner, event.type, event.id, partners)


def _identity_of_refused(refusal: Refusal, partner: str | None, partners: Partners) -> bytes | None:
    """What a record that is no event says it is known by, as far as that can be read."""
    if partner is None or refusal.type is None or refusal.event_id is None:
        return None
    return _identity(partner, refusal.type, refusal.event_id, partners)


def _identity(partner: str, kind: str, event_id: str, partners: Partners) -> bytes | None:
    """Bytes, not `bson.Binary`: only `bytes` compare equal to what comes back from MongoDB."""
    said_by = partners.by_name(partner)
    number = said_by.number if said_by else 0 if partner == OURSELVES else None
    if number is None:
        return None
    return number.to_bytes(_PARTNER_BYTES, "big") + _type_key(kind) + bytes.fromhex(event_id.replace("-", ""))


OURSELVES: Final = "footing"  # the partner name under which our own services speak; nobody can register it


def _type_key(name: str) -> bytes:
    if name not in _type_keys:
        _type_keys[name] = hashlib.sha256(name.encode()).digest()[:_TYPE_BYTES]
    return _type_keys[name]
