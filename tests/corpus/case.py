"""A case of the corpus: what is done to a good record, and what must become of it, written by hand."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from contracts.envelope import Record
from corpus.good import attributes_of, data_of, with_headers

Spoil = Callable[[Record], Record]

STRUCTURED: Final = b"application/cloudevents+json"
UNSAID: Final = "what-nobody-may-see"  # stands in spoilt values, and must stand in no receipt and no log


@dataclass(frozen=True)
class Case:
    """`reason` is the code for which it is refused (or parked, where no id can be read), or `accepted`, `waiting`.

    `expected` None: whatever is said, something is. `at_door`: the door's (reason, field) where they differ; `by_http`
    False: only a record of Kafka can be so.
    """

    name: str
    spoil: Spoil
    reason: str
    field: str | None = None
    expected: str | None = None
    parked: bool = False
    of: str = "session-held"
    at_door: tuple[str, str | None] | None = None
    by_http: bool = True

    @property
    def fate(self) -> str:
        """What a receipt of Kafka calls it."""
        if self.reason in ("accepted", "waiting"):
            return self.reason
        return "parked" if self.parked else "refused"


def as_it_is(record: Record) -> Record:
    return record


def value(said: bytes | None) -> Spoil:
    """This is the value."""
    return lambda record: record._replace(value=said)


def raw(change: Callable[[bytes], bytes]) -> Spoil:
    """The bytes of the value are changed."""
    return lambda record: record._replace(value=change(record.value or b""))


def data(**changes: Any) -> Spoil:
    """Fields say something else; `...` leaves one out."""

    def spoil(record: Record) -> Record:
        said = {**data_of(record), **changes}
        kept = {name: value for name, value in said.items() if value is not ...}
        return record._replace(value=json.dumps(kept).encode())

    return spoil


def literal(field: str, said: bytes) -> Spoil:
    """A field's value is written with exactly these bytes."""

    def spoil(record: Record) -> Record:
        marked = json.dumps(data_of(record) | {field: "@@"}).encode()
        return record._replace(value=marked.replace(b'"@@"', said))

    return spoil


def also(said: bytes) -> Spoil:
    """These bytes are one more member of the payload."""
    return raw(lambda value: value[:-1] + b", " + said + b"}")


def header(name: str, said: bytes | None) -> Spoil:
    """A header says something else; None leaves it out."""

    def spoil(record: Record) -> Record:
        kept = [each for each in record.headers if each[0] != name]
        return with_headers(record, kept if said is None else [*kept, (name, said)])

    return spoil


def headers_too(*more: tuple[str, bytes | None]) -> Spoil:
    """These headers stand there besides."""
    return lambda record: with_headers(record, (*record.headers, *more))


def key(said: bytes | None) -> Spoil:
    """This is the key."""
    return lambda record: record._replace(key=said)


def structured(**changes: Any) -> Spoil:
    """The same in structured mode, with attributes or data that say something else; `...` leaves one out."""

    def spoil(record: Record) -> Record:
        event = {**attributes_of(record), "data": data_of(record), **changes}
        kept = {name: said for name, said in event.items() if said is not ...}
        return record._replace(value=json.dumps(kept).encode(), headers=(("content-type", STRUCTURED),))

    return spoil


def first(*spoils: Spoil) -> Spoil:
    """One after the other."""

    def spoil(record: Record) -> Record:
        for each in spoils:
            record = each(record)
        return record

    return spoil


def fresh(change: Callable[[str], str], name: str) -> Spoil:
    """An attribute as it is, in another spelling."""
    return lambda record: header(f"ce_{name}", change(attributes_of(record)[name]).encode())(record)
