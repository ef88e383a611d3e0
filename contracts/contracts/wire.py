"""From the bytes of a record to named attributes (text) and the payload (bytes), whichever content mode was used."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from pydantic_core import from_json

from contracts.attributes import ATTRIBUTES
from contracts.envelope import Record
from contracts.problems import Refused
from contracts.topics import LARGEST_VALUE_BYTES

JSON: Final = "application/json"
STRUCTURED: Final = "application/cloudevents+json"
_CONTENT_TYPE: Final = "content-type"
# An event has some fifty names and at most some 4 KiB. A larger value may hold white space, but not thousands of names:
# finding what is wrong with each would take 200 ms.
_LIKELY_BYTES: Final = 16_384
_MOST_ENTRIES: Final = 2_000

_KNOWN: Final = frozenset(ATTRIBUTES)
Headers = tuple[tuple[str, bytes | None], ...]
_decoded: Final[Callable[[Any], str]] = bytes.decode  # TypeError where there is no value
_HEADERS: Final = {f"ce_{name}": name for name in ATTRIBUTES} | {_CONTENT_TYPE: _CONTENT_TYPE}


class Body(NamedTuple):
    """The payload's bytes; in structured mode the whole event's, of which `names` is how many names stand outside."""

    value: bytes
    wrapped: bool = False
    names: int = 0


def opened(record: Record, given: dict[str, str], *, strict: bool) -> Body:
    """Fill `given` with the attributes, as far as they can be read even where this raises `Refused`."""
    not_text, twice = ((), ()) if _filled(record.headers, given) else _attributes(record.headers, given)
    if record.value is None:
        raise Refused("record_empty", "value", "an event as the value")
    if strict:
        _bounded(record.value)
    kind = media_type(given.pop(_CONTENT_TYPE, JSON))
    if kind == STRUCTURED:  # it says everything itself: whatever `ce_` headers stand beside it do not count
        return _structured(record.value, given)
    if not_text:
        raise Refused("header_not_utf8", not_text[0], "UTF-8")
    if twice:
        raise Refused("attribute_invalid", twice[0], "one value")
    if kind != JSON:
        raise Refused("content_type_unknown", _CONTENT_TYPE, f"{JSON} or {STRUCTURED}, in UTF-8")
    return Body(record.value)


def _bounded(value: bytes) -> None:
    if len(value) > LARGEST_VALUE_BYTES:
        raise Refused("too_large", "value", f"at most {LARGEST_VALUE_BYTES} bytes")
    if len(value) > _LIKELY_BYTES and value.count(b",") > _MOST_ENTRIES:
        raise Refused("too_large", "value", f"at most {_MOST_ENTRIES} names and entries")


@lru_cache(maxsize=256)
def media_type(content_type: str) -> str:
    """`application/json` of `Application/JSON; charset=utf-8`; empty if the character set is another than UTF-8."""
    kind, *parameters = (part.strip().lower() for part in content_type.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip(' "') not in ("utf-8", "utf8"):
            return ""
    return kind


def _filled(headers: Headers, given: dict[str, str]) -> bool:
    """Fill `given` where each header is one that we know, stands once and is text, as in nearly all records."""
    try:
        given.update({_HEADERS[header]: _decoded(value) for header, value in headers})
    except (KeyError, TypeError, UnicodeDecodeError):
        return False
    return len(given) == len(headers)


def _attributes(headers: Headers, given: dict[str, str]) -> tuple[Sequence[str], Sequence[str]]:
    """Fill `given`; return the names of headers that are no UTF-8, and of those that come twice and differ."""
    given.clear()
    not_text: list[str] = []
    twice: list[str] = []
    for header, value in headers:
        name = _HEADERS.get(header) or _HEADERS.get(header.lower())
        if name is None or value is None:
            continue
        try:
            text = value.decode()
        except UnicodeDecodeError:
            not_text.append(name)
            continue
        if given.setdefault(name, text) != text:
            twice.append(name)
    for name in (*not_text, *twice):
        given.pop(name, None)
    return not_text, twice


def _structured(value: bytes, given: dict[str, str]) -> Body:
    given.clear()
    try:
        event: Any = from_json(value, allow_inf_nan=False)
    except ValueError:
        raise Refused("not_json", "value", "a CloudEvent as a JSON object in UTF-8") from None
    if not isinstance(event, dict):
        raise Refused("not_json", "value", "a CloudEvent as a JSON object in UTF-8")
    wrong = []
    for name, said in event.items():
        if name in _KNOWN and said is not None:
            if isinstance(said, str):
                given[name] = said
            else:
                wrong.append(name)
    if wrong:
        raise Refused("attribute_invalid", next(name for name in ATTRIBUTES if name in wrong), "a text")
    return Body(value, wrapped=True, names=len(event))
