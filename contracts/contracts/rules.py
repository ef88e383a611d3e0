"""How a model says which rule is broken: a reason code, the field and what was expected."""

from typing import Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema


class _Tolerant:
    """The one context in which unknown codes pass; see `vocabulary.Coded`."""


TOLERANT: Final = _Tolerant()


def broken(code: str, field: str, expected: str) -> PydanticCustomError:
    """The error that the codec turns into a `Problem`; `field` is relative to what raises it ("" is that itself)."""
    return PydanticCustomError("rule", "{expected}", {"code": code, "field": field, "expected": expected})


class NoRepeats:
    """Marks a list whose entries all differ. A tolerant reader lets repeats be: two unknown codes read the same."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_after_validator_function(_differ, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """`uniqueItems` beside what the list says already."""
        return {**handler(schema), "uniqueItems": True}


def _differ(entries: tuple[Any, ...], info: ValidationInfo) -> tuple[Any, ...]:
    if len(entries) > 1 and len(set(entries)) < len(entries) and info.context is not TOLERANT:
        raise broken("field_invalid", "", "each entry once")
    return entries
