"""Layer: the body of a request to the door, batches above all. Hand-made. What else is in it, values.py has."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote_from_bytes

from contracts.envelope import Record
from corpus.case import STRUCTURED, UNSAID
from corpus.good import attributes_of, data_of, new_id

BATCH: Final = "application/cloudevents-batch+json"
_MOST_HEADER_BYTES: Final = 8_192  # the head of a request is bounded; with these nothing else is said about it

Headers = tuple[tuple[str, bytes], ...]
Event = dict[str, Any]
Answer = tuple[str, str | None]
TAKEN: Final[Answer] = ("accepted", None)


@dataclass(frozen=True)
class Body:
    """`make` gives the bytes, from a function that makes good structured events. `said`: of all of it, or of each."""

    name: str
    make: Callable[[Callable[..., Event]], bytes]
    said: Answer | tuple[Answer, ...]
    kind: str = BATCH
    headers: Headers = ()

    @property
    def is_whole(self) -> bool:
        """One answer for all of it."""
        return isinstance(self.said[0], str)


def request_of(record: Record) -> tuple[Headers, bytes] | None:
    """The same event as a request: `ce-` headers, percent-encoded. None where HTTP cannot carry it."""
    headers: list[tuple[str, bytes]] = []
    for name, said in record.headers:
        if said is not None and name:
            is_ours = name.lower().startswith("ce_")
            written = quote_from_bytes(said).encode() if is_ours else said
            headers.append((name.lower().replace("ce_", "ce-") if is_ours else name.lower(), written))
    if sum(len(name) + len(said) for name, said in headers) > _MOST_HEADER_BYTES:
        return None
    return tuple(headers), record.value or b""


def structured(record: Record, **changes: Any) -> Event:
    """A good record as a structured event under an id of its own, with attributes that say something else."""
    data = {**data_of(record), "session_id": new_id()}
    return {**attributes_of(record), "id": new_id(), "data": data, **changes}


def _batch(*events: Any) -> bytes:
    return json.dumps(events).encode()


def _raw(change: Callable[[bytes], bytes]) -> Callable[[Callable[..., Event]], bytes]:
    """A batch of one good event whose bytes are changed."""
    return lambda one: change(_batch(one()))


_MINUTES: Final = b'"minutes": 45'


def _minutes(said: bytes) -> Callable[[Callable[..., Event]], bytes]:
    return _raw(lambda batch: batch.replace(_MINUTES, b'"minutes": ' + said))


NOT_JSON: Final[Answer] = ("not_json", "value")
INVALID: Final[Answer] = ("batch_invalid", "value")

BODIES: Final = (
    Body("one", lambda one: _batch(one()), (TAKEN,)),
    Body("a thousand", lambda one: _batch(*(one() for _ in range(1_000))), (TAKEN,) * 1_000),
    Body("a thousand and one", lambda one: _batch(*(one() for _ in range(1_001))), INVALID),
    Body("none", lambda _: b"[]", INVALID),
    Body("an event that is in no list", lambda one: json.dumps(one()).encode(), INVALID),
    Body("null", lambda _: b"null", INVALID),
    Body("a text", lambda _: b'"batch"', INVALID),
    Body("nothing", lambda _: b"", NOT_JSON),
    Body("no JSON", lambda _: b"\x00\xff", NOT_JSON),
    Body("the end is missing", _raw(lambda said: said[:-1]), NOT_JSON),
    Body("a comma too many", _raw(lambda said: said[:-1] + b",]"), NOT_JSON),
    Body("two in one", _raw(lambda said: said + said), NOT_JSON),
    Body("a byte order mark", _raw(lambda said: b"\xef\xbb\xbf" + said), NOT_JSON),
    Body("UTF-16", _raw(lambda said: said.decode().encode("utf-16")), NOT_JSON),
    Body("100,000 deep", lambda _: b"[" * 100_000 + b"]" * 100_000, NOT_JSON),
    Body("not a number", _minutes(b"NaN"), NOT_JSON),
    Body("half of a character", _raw(lambda said: said.replace(b"gp_", b"\\ud800_")), NOT_JSON),
    Body("NUL in a text", _raw(lambda said: said.replace(b"gp_", b"\x00_")), NOT_JSON),
    Body("9 MiB", _raw(lambda said: said[:-1] + b" " * 9_437_184 + b"]"), ("too_large", "value")),
    Body("no events", lambda _: b'[null, 5, "event", [], {}]',
         (NOT_JSON, NOT_JSON, NOT_JSON, NOT_JSON, ("attribute_missing", "specversion"))),
    Body("a batch in a batch", lambda one: _batch([one()]), (NOT_JSON,)),
    Body("a name twice", _raw(lambda said: said.replace(_MINUTES, _MINUTES + b', "minutes": 50')),
         (("field_repeated", "data.minutes"),)),
    Body("a name twice outside", _raw(lambda said: said.replace(b'[{', b'[{"time": "2025-03-10T10:00:00Z", ')),
         (("field_repeated", "time"),)),
    Body("no UTF-8 in one of two", lambda one: _batch(one(), one()).replace(b"gp_", b"\xff_", 1), (NOT_JSON, TAKEN)),
    Body("a number of 1e400", _minutes(b"1e400"), (("field_invalid", "data.minutes"),)),
    Body("beyond 64 bits", _minutes(b"18446744073709551616"),
         (("field_invalid", "data.minutes"),)),
    Body("a right one between two wrong ones", lambda one: _batch(one(id=UNSAID), one(), one(time="soon")),
         (("attribute_invalid", "id"), TAKEN, ("attribute_invalid", "time"))),
    Body("another's event among ours", lambda one: _batch(one(), one(source="urn:footing:partner:other")),
         (TAKEN, ("source_not_yours", "source"))),
    Body("one event of 300 KB", lambda one: _batch(one(), one(comexampleextra="x" * 300_000)),
         (TAKEN, ("too_large", "value"))),
    Body("compressed", lambda one: _batch(one()), ("compressed", "content-encoding"),
         headers=(("content-encoding", b"gzip"),)),
    Body("not compressed, and said so", lambda one: _batch(one()), (TAKEN,),
         headers=(("content-encoding", b"identity"),)),
    Body("a charset of ours", lambda one: _batch(one()), (TAKEN,), kind=f"{BATCH}; charset=utf-8"),
    Body("another charset", lambda one: _batch(one()), ("content_type_unknown", "content-type"),
         kind=f"{BATCH}; charset=utf-16"),
    Body("a batch called an event", lambda one: _batch(one()), NOT_JSON, kind=STRUCTURED.decode()),
    Body("an event called a batch", lambda one: json.dumps(one()).encode(), INVALID),
    Body("a form", lambda _: b"event=1", ("content_type_unknown", "content-type"),
         kind="application/x-www-form-urlencoded"),
    Body("no content type", lambda one: _batch(one()), ("content_type_unknown", "content-type"), kind=""),
)  # fmt: skip
