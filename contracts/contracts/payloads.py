"""From JSON to a payload: validated in one go, strictly at gates and tolerantly behind them."""

import json
from functools import lru_cache
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, create_model
from pydantic_core import from_json

from contracts.envelope import Payload
from contracts.problems import Refused, named, path, refused
from contracts.rules import TOLERANT
from contracts.wire import Body


def read(model: type[Payload], body: Body, *, strict: bool) -> Payload:
    """The payload, or `Refused`. A name that stands twice in an object is refused at gates: which one would count?"""
    try:
        payload = _validated(model, body, strict=strict)
    except ValidationError as invalid:
        raise _why(invalid, body.value) from None
    if strict and (repeat := _repeat(payload, body)):
        raise Refused("field_repeated", repeat, "each name once in an object")
    return payload


def _validated(model: type[Payload], body: Body, *, strict: bool) -> Payload:
    kind: type[Any] = _wrapped(model) if body.wrapped else model
    validator = kind.__pydantic_validator__  # what `model_validate_json` asks, at half its cost
    if strict:
        said = validator.validate_json(body.value)
    else:
        said = validator.validate_json(body.value, context=TOLERANT, extra="ignore")
    payload: Payload = said.data if body.wrapped else said
    return payload


@lru_cache(maxsize=64)
def _wrapped(model: type[Payload]) -> type[BaseModel]:
    """A structured event, of which only `data` matters here."""
    return create_model("Structured", __config__=ConfigDict(extra="ignore"), data=(model, ...))


def _why(invalid: ValidationError, value: bytes) -> Refused:
    try:
        from_json(value, allow_inf_nan=False)  # pydantic lets NaN and Infinity pass, which are not JSON
    except ValueError:
        return Refused("not_json", "value", "UTF-8 JSON")
    return refused(invalid)


def _repeat(payload: Payload, body: Body) -> str | None:
    """The path of a name that stands twice.

    No valid text of a payload contains a quote, so without white space quote-colon stands exactly once for each name;
    only where that count differs is the value parsed again to look.
    """
    value = body.value
    if value.translate(None, b" \t\r\n").count(b'":') == _names(payload) + body.names:
        return None
    place = _repeated(json.loads(value, object_pairs_hook=_Pairs, parse_int=str))
    if not place:
        return None
    return named(str(place[0])) if body.wrapped and place[0] != "data" else path(place)


def _names(payload: Payload) -> int:
    """How many names the payload was given, at all depths."""
    given = len(payload.__pydantic_fields_set__)
    said = payload.__dict__
    for field in _parts(type(payload)):
        part = said[field]
        if part is not None:
            given += sum(map(_names, part)) if type(part) is tuple else _names(part)
    return given


@lru_cache(maxsize=64)
def _parts(model: type[Payload]) -> tuple[str, ...]:
    """The fields that hold objects, or lists of objects."""
    return tuple(name for name, field in model.model_fields.items() if _holds_object(field.annotation))


def _holds_object(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, Payload):
        return True
    return any(_holds_object(inner) for inner in get_args(annotation))


class _Pairs(list[tuple[str, Any]]):
    """An object with its names as they stand, repeats included."""


def _repeated(node: Any, place: tuple[int | str, ...] = ()) -> tuple[int | str, ...]:
    steps: list[tuple[int | str, Any]]
    if isinstance(node, _Pairs):
        steps = list(node)
    elif isinstance(node, list):
        steps = list(enumerate(node))
    else:
        return ()
    seen: set[int | str] = set()
    for name, inner in steps:
        if name in seen:
            return (*place, name)
        seen.add(name)
        if found := _repeated(inner, (*place, name)):
            return found
    return ()
