"""Raw records covered by the contract's lists: what is open is shown where it has its form, of all else the shape.

The shape keeps what helps to see a fault: how long a text is, what stands between letters and digits.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Final, cast, get_args

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from contracts.attributes import ATTRIBUTES
from contracts.envelope import Payload, Record
from contracts.sensitivity import OPEN, PERSONAL, PSEUDONYMS
from contracts.texts import INSTANT_PATTERN, PRACTICE_PATTERN, UUID_PATTERN
from contracts.topics import EVENT_TYPES, PARTNER_PATTERN
from contracts.wire import STRUCTURED, media_type

_SUBJECT: Final = rf"{UUID_PATTERN[1:-1]}|ods:{PRACTICE_PATTERN[1:-1]}"
_FORMS: Final[Mapping[str, str]] = {
    "specversion": r"[0-9]\.[0-9]",
    "id": UUID_PATTERN[1:-1],
    "source": rf"urn:footing:partner:{PARTNER_PATTERN}(:[A-Za-z0-9._-]{{1,64}})?",
    "type": r"footing\.[a-z-]{1,40}\.v[0-9]{1,3}",
    "subject": _SUBJECT,
    "partitionkey": _SUBJECT,
    "time": INSTANT_PATTERN[1:-1],
    "recordedtime": INSTANT_PATTERN[1:-1],
    "acceptedtime": INSTANT_PATTERN[1:-1],
    "sequence": r"[0-9]{1,9}",
    "datacontenttype": r"application/json",
    "content-type": r"application/(cloudevents\+)?json(; ?charset=utf-8)?",
}
"""In which form an attribute is shown. Others are free texts: covered, whatever they say."""
_KNOWN_NAMES: Final = OPEN | PSEUDONYMS | PERSONAL
_SAFE: Final = re.compile(r"[^\W\d_]|\d|[^\x20-\x7e]")


class _Pairs(list[tuple[str, Any]]):
    """An object with its names as they stand, repeats included."""


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What a record says, as text that is safe to print."""

    key: str | None
    headers: tuple[tuple[str, str | None], ...]
    value: str | None


def revealed(record: Record) -> Said:
    """All of it; what is no printable text is escaped."""
    headers = tuple((_printable(name), _text(value)) for name, value in record.headers)
    return Said(_text(record.key), headers, _text(record.value))


def masked(record: Record) -> Said:
    """The record with everything covered that may tell of a person, or that nobody foresaw."""
    headers = tuple((_name_of_header(name), _of_header(name, value)) for name, value in record.headers)
    said = {name.lower().removeprefix("ce_"): _text(value) or "" for name, value in record.headers}
    return Said(_in_form(_SUBJECT, _text(record.key)), headers, _value(record.value, said))


def shape(text: str) -> str:
    """The text with x for each letter, 9 for each digit, and nothing but what can be printed."""
    return _SAFE.sub(lambda found: "9" if found[0].isdigit() else "x" if found[0].isalpha() else "?", text)


def _value(value: bytes | None, said: Mapping[str, str]) -> str | None:
    if value is None:
        return None
    try:
        parsed = json.loads(
            value.decode(), object_pairs_hook=_Pairs, parse_int=_Number, parse_float=_Number, parse_constant=_Number
        )
    except (ValueError, RecursionError):
        return shape(_text(value) or "")
    if media_type(said.get("content-type", "")) != STRUCTURED:
        return _covered(parsed, _model(said.get("type", "")), "")
    if not isinstance(parsed, _Pairs):
        return _covered(parsed, None, "")
    kind = next((inner for name, inner in parsed if name == "type" and isinstance(inner, str)), "")
    pairs = [f"{_quoted(_attribute(name))}: {_of_event(name, inner, kind)}" for name, inner in parsed]
    return "{" + ", ".join(pairs) + "}"


def _of_event(name: str, inner: Any, kind: str) -> str:
    """One name of a structured event."""
    if name == "data":
        return _covered(inner, _model(kind), "")
    if name in _FORMS and isinstance(inner, str) and not isinstance(inner, _Number):
        return _quoted(_in_form(_FORMS[name], inner) or "")
    return _covered(inner, None, "")


def _covered(node: Any, model: type[Payload] | None, path: str) -> str:
    """JSON text of a node: `model` is what the contract takes there, `path` where that stands in the payload."""
    if isinstance(node, _Pairs):
        return "{" + ", ".join(_pair(name, inner, model, path) for name, inner in node) + "}"
    if isinstance(node, list):
        return "[" + ", ".join(_covered(inner, model, path) for inner in node) + "]"
    if node is None:
        return "null"
    if isinstance(node, bool):
        return "xxxx"  # it tells as much as a word
    return shape(node) if isinstance(node, _Number) else _quoted(shape(node))


def _pair(name: str, inner: Any, model: type[Payload] | None, path: str) -> str:
    here = f"{path}.{name}" if path else name
    field = _fields(model).get(name) if model else None
    if model is None or field is None:
        return f"{_quoted(name if here in _KNOWN_NAMES else shape(name))}: {_covered(inner, None, here)}"
    if part := _part(field.annotation):
        return f"{_quoted(name)}: {_covered(inner, part, here)}"
    if here in OPEN and (written := _written(inner)) is not None and _takes(model, name, written):
        return f"{_quoted(name)}: {written}"
    return f"{_quoted(name)}: {_covered(inner, None, here)}"


def _written(node: Any) -> str | None:
    """A plain value as JSON; None for what is not plain."""
    if isinstance(node, _Number):
        return str(node)
    return json.dumps(node) if isinstance(node, str | bool) or node is None else None


def _takes(model: type[Payload], name: str, written: str) -> bool:
    """Whether the contract takes this value there."""
    try:
        _adapter(model, name).validate_json(written, strict=True)
    except ValidationError:
        return False
    return True


@lru_cache(maxsize=256)
def _adapter(model: type[Payload], name: str) -> TypeAdapter[Any]:
    field = _fields(model)[name]
    return TypeAdapter(cast(Any, Annotated[field.annotation, field]))


@lru_cache(maxsize=64)
def _fields(model: type[Payload]) -> Mapping[str, FieldInfo]:
    """What the contract takes under each name of an object."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _part(annotation: Any) -> type[Payload] | None:
    if isinstance(annotation, type) and issubclass(annotation, Payload):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _part(inner))), None)


def _model(kind: str) -> type[Payload] | None:
    """The payload of a type: that of canonical topics has the same names, but for the person's."""
    known = EVENT_TYPES.get(kind)
    return None if known is None else known.payload


def _name_of_header(name: str) -> str:
    known = name.lower()
    return known if known == "content-type" or known.removeprefix("ce_") in ATTRIBUTES else shape(name)


def _attribute(name: str) -> str:
    return name if name in ATTRIBUTES or name == "data" else shape(name)


def _of_header(name: str, value: bytes | None) -> str | None:
    form = _FORMS.get(name.lower().removeprefix("ce_"))
    text = _text(value)
    return _in_form(form, text) if form else None if text is None else shape(text)


def _in_form(form: str, text: str | None) -> str | None:
    """The text where it has this form, else its shape."""
    return text if text is None or re.fullmatch(form, text, re.ASCII) else shape(text)


def _text(value: bytes | None) -> str | None:
    return None if value is None else _printable(value.decode(errors="backslashreplace"))


def _printable(text: str) -> str:
    """Without what a terminal would obey."""
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


def _quoted(text: str) -> str:
    return json.dumps(text)
