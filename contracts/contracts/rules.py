"""How a model says which rule between fields is broken: a reason code, the field and what was expected."""

from pydantic_core import PydanticCustomError


def broken(code: str, field: str, expected: str) -> PydanticCustomError:
    """The error that `codec` turns into a `Problem`; `field` is relative to the model that raises it."""
    return PydanticCustomError("rule", "{expected}", {"code": code, "field": field, "expected": expected})
