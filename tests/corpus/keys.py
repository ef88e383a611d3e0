"""Layer: the key of a Kafka record. Hand-made."""

import uuid
from typing import Final

from contracts.envelope import Record
from corpus.case import UNSAID, Case, Spoil, key
from corpus.good import new_id

_SUBJECT: Final = "the subject"


def _as_bytes(record: Record) -> Record:
    return record._replace(key=uuid.UUID((record.key or b"").decode()).bytes)


def _changed(before: bytes, behind: bytes = b"") -> Spoil:
    return lambda record: record._replace(key=before + (record.key or b"") + behind)


KEYS: Final = (
    Case("no key", key(None), "key_missing", "key", _SUBJECT),
    Case("an empty key", key(b""), "key_differs", "key", _SUBJECT),
    Case("another key", key(UNSAID.encode()), "key_differs", "key", _SUBJECT),
    Case("the key of another referral", key(new_id().encode()), "key_differs", "key", _SUBJECT),
    Case("a key that is not UTF-8", key(b"\xff\xfe"), "key_differs", "key", _SUBJECT),
    Case("a key of NUL", key(b"\x00"), "key_differs", "key", _SUBJECT),
    Case("a key in capitals", lambda record: record._replace(key=(record.key or b"").upper()), "key_differs", "key"),
    Case("a key as JSON", _changed(b'"', b'"'), "key_differs", "key", _SUBJECT),
    Case("a key and a new line", _changed(b"", b"\n"), "key_differs", "key", _SUBJECT),
    Case("a key with a byte order mark", _changed(b"\xef\xbb\xbf"), "key_differs", "key", _SUBJECT),
    Case("a key of sixteen bytes", _as_bytes, "key_differs", "key", _SUBJECT),
    Case("a key of 300 KB", key(b"k" * 300_000), "key_differs", "key", _SUBJECT),
    Case("no key for fit notes", key(None), "key_missing", "key", _SUBJECT, of="fit-notes-counted"),
    Case("a practice without ods:", key(b"F83023"), "key_differs", "key", _SUBJECT, of="fit-notes-counted"),
)
