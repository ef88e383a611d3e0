"""What the codec says of a bad event: reason code, field path, what was expected in our words; never a value."""

import re
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from contracts.envelope import Problem
from contracts.texts import AN_INSTANT, DAY_PATTERN, IN_WORDS

_SAFE_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,39}")
# A value of 256 KiB can break rules 40,000 times; listing them would take longer than the event is worth.
_MANY: Final = 200

# pydantic's type of error -> our reason code; any other is `field_invalid`.
_CODES: Final = {
    "missing": "field_missing",
    "extra_forbidden": "field_unknown",
    "string_too_long": "too_long",
    "too_long": "too_long",
    "json_invalid": "not_json",
}
# pydantic's type of error -> what was expected, in words; `{}` stand for the bounds that the error carries.
_EXPECTED: Final = {
    "missing": "this field",
    "extra_forbidden": "no such field",
    "json_invalid": "UTF-8 JSON",
    "string_type": "a text",
    "string_too_long": "at most {max_length} characters",
    "too_long": "at most {max_length} entries",
    "too_short": "at least {min_length} entries",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a whole number",
    "finite_number": "a whole number",
    "greater_than_equal": "{ge} or more",
    "less_than_equal": "{le} or less",
    "bool_type": "true or false",
    "model_type": "an object",
    "tuple_type": "a list",
    "date_from_datetime_parsing": IN_WORDS[DAY_PATTERN],
    "date_parsing": IN_WORDS[DAY_PATTERN],
    "datetime_parsing": AN_INSTANT,
    "datetime_from_date_parsing": AN_INSTANT,
    "timezone_aware": AN_INSTANT,
}


class Refused(Exception):  # noqa: N818  control flow inside the codec only; it never leaves it
    """The event is refused, and why."""

    def __init__(self, code: str, field: str, expected: str) -> None:
        super().__init__(code)
        self.problem = Problem(code, field, expected)


def refused(invalid: ValidationError) -> Refused:
    """The first problem of an invalid payload; a missing field before others, as it is often their cause."""
    if invalid.error_count() > _MANY:
        return Refused("field_invalid", "data", "what the contract says: this breaks it in more than 200 places")
    errors = invalid.errors(include_url=False)
    return _problem(min(errors, key=lambda error: error["type"] != "missing"))


def named(field: str) -> str:
    """A field's name if it can be one of ours or near it; never a text that might say something about a person."""
    return field if _SAFE_NAME.fullmatch(field) else "?"


def path(parts: tuple[int | str, ...]) -> str:
    """`data.plan.aim`, `data.interventions.1`: where in the event, whichever content mode it came in."""
    steps = parts[1:] if parts[:1] == ("data",) else parts
    return ".".join(["data", *(str(step) if isinstance(step, int) else named(step) for step in steps)])


def _problem(error: ErrorDetails) -> Refused:
    kind, place = error["type"], path(error["loc"])
    rule: dict[str, Any] = error.get("ctx", {})
    if kind == "json_invalid":
        return Refused("not_json", "value", _EXPECTED[kind])
    if kind == "rule":
        field = rule["field"]
        return Refused(rule["code"], f"{place}.{field}" if field else place, rule["expected"])
    code = "field_missing" if error["input"] is None else _CODES.get(kind, "field_invalid")
    return Refused(code, place, _expected(kind, rule))


def _expected(kind: str, bounds: dict[str, Any]) -> str:
    if kind == "string_pattern_mismatch":
        return IN_WORDS[bounds["pattern"]]
    return _EXPECTED.get(kind, "another form; see the schema").format(**bounds)
