"""What a file holds that is to be checked: records of Kafka, requests to the door, or an event without either.

Any bytes at all are something: what is recognised as nothing else is the body of a request to the door.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from pydantic_core import from_json

from contracts.codec import STRUCTURED
from contracts.envelope import Record
from contracts.record_files import from_json as record_of
from door_service.domain import BATCH

Headers = tuple[tuple[bytes, bytes], ...]

_REQUEST_LINE: Final = re.compile(rb"(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) \S+(?: HTTP/[0-9.]+)?\r?(?:\n|\Z)")
_REMARKS: Final = re.compile(rb"(?:[ \t]*+(?:#|//)[^\n]*+\n|[ \t]*+\r?\n)+")  # before the request of an .http file
_HEADERS_END: Final = re.compile(rb"\r?\n\r?\n")
_TRACED: Final = re.compile(rb"[0-9a-f]{4,8}: ((?:[0-9a-f]{2} ){1,16})")  # a line of what `curl --trace` writes


@dataclass(frozen=True, slots=True)
class Sent:
    """A record as Kafka has it or would have it."""

    name: str
    read_as: str
    record: Record


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to the door. Names of headers are in lower case."""

    name: str
    read_as: str
    headers: Headers
    body: bytes


Found = Sent | Asked


def found_in(name: str, content: bytes) -> list[Found]:
    """Everything that a file of this name and content holds, at least one thing. Never raises."""
    text = content.removeprefix(b"\xef\xbb\xbf")
    readers = (_request, _record, _lines, _trace)
    return next((found for reader in readers if (found := reader(name, text))), [_event(name, content)])


def _request(name: str, text: bytes) -> list[Found]:
    text = text.lstrip()
    remarks = _REMARKS.match(text)
    text = text[remarks.end() :] if remarks else text
    if not _REQUEST_LINE.match(text):
        return []
    head, *body = _HEADERS_END.split(text, maxsplit=1)
    pairs = (line.partition(b":") for line in head.splitlines()[1:])
    headers = tuple((header.strip().lower(), value.strip()) for header, _, value in pairs)
    return [Asked(name, "HTTP request", headers, b"".join(body))]


def _record(name: str, text: bytes) -> list[Found]:
    try:
        document: Any = from_json(text)
        record = record_of(document)
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError):
        return []
    return [Sent(name, "line of kcat -J" if "payload" in document else "example file", record)]


def _lines(name: str, text: bytes) -> list[Found]:
    """Records line by line, as soon as one line is a record; a line that is none is spoilt, and said so."""
    if b'"topic"' not in text:  # of a file of millions of lines not each is tried
        return []
    lines = [(f"{name}, line {number}", line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not any(_record(name, line) for name, line in lines):
        return []
    return [found for place, line in lines for found in _record(place, line) or [_event(place, line)]]


def _trace(name: str, text: bytes) -> list[Found]:
    """What curl sent, request by request, from its hex dump."""
    if b"=> Send header" not in text:
        return []
    requests: list[bytearray] = []
    is_sent = False
    for line in text.splitlines():
        if line.startswith((b"=>", b"<=", b"==")):
            is_sent = line.startswith((b"=> Send header", b"=> Send data"))
            if line.startswith(b"=> Send header"):
                requests.append(bytearray())
        elif is_sent and requests and (dumped := _TRACED.match(line)):
            requests[-1] += bytes.fromhex(dumped[1].decode())
    return [found for request in requests for found in _request(name, bytes(request))]


def _event(name: str, content: bytes) -> Asked:
    """An event alone, or several in a list, as if it were the body of a request."""
    is_batch = content.lstrip(b" \t\r\n").startswith(b"[")
    kind, read_as = (BATCH, "batch of structured events") if is_batch else (STRUCTURED, "structured event")
    return Asked(name, read_as, ((b"content-type", kind.encode()),), content)
