"""The forms of texts: patterns of ids, tokens and codes; days and instants read from one written form each."""

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Annotated, Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, StringConstraints
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from contracts.rules import broken

UUID_PATTERN: Final = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
NAME_PATTERN: Final = r"^[a-z][a-z0-9-]{1,39}$"
TOKEN_PATTERN: Final = r"^[A-Za-z0-9_-]{22,64}$"  # noqa: S105  the form of a token, not one
ORGANISATION_PATTERN: Final = r"^[A-Za-z0-9-]{2,36}$"
PRACTICE_PATTERN: Final = r"^[A-Z][A-Z0-9]{2,5}$"
DAY_PATTERN: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
# RFC 3339, without the leap second that neither Python nor MongoDB can keep
INSTANT_PATTERN: Final = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?"
    r"(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)
AN_INSTANT: Final = "an RFC 3339 time with offset, such as 2026-03-02T09:30:00Z"

# What each form is in words, for whoever sent another.
IN_WORDS: Final = {
    UUID_PATTERN: "a UUID in canonical lower case",
    NAME_PATTERN: "2-40 of a-z, 0-9 and -, a letter first",
    TOKEN_PATTERN: "22-64 of A-Z, a-z, 0-9, _ and -",
    ORGANISATION_PATTERN: "2-36 of A-Z, a-z, 0-9 and -",
    PRACTICE_PATTERN: "a practice code: a capital letter and 2-5 capitals or digits",
    DAY_PATTERN: "a day, YYYY-MM-DD",
    INSTANT_PATTERN: AN_INSTANT,
}

_INSTANT: Final = re.compile(INSTANT_PATTERN)

Uuid = Annotated[str, StringConstraints(pattern=UUID_PATTERN)]
SchemeId = Annotated[str, StringConstraints(pattern=NAME_PATTERN, max_length=40)]
Token = Annotated[str, StringConstraints(pattern=TOKEN_PATTERN, max_length=64)]
OrganisationCode = Annotated[str, StringConstraints(pattern=ORGANISATION_PATTERN, max_length=36)]
PracticeCode = Annotated[str, StringConstraints(pattern=PRACTICE_PATTERN, max_length=6)]


@lru_cache(maxsize=4096)  # asked for twice in most events: by the envelope and by the payload
def instant(text: str) -> datetime:
    """The instant in UTC that an RFC 3339 text names (to the microsecond; finer digits are cut). ValueError if none."""
    if not _INSTANT.fullmatch(text):
        raise ValueError
    return in_utc(datetime.fromisoformat(text))


def in_utc(moment: datetime) -> datetime:
    """The same instant in UTC. ValueError if it lies outside the years 1 to 9999 there."""
    if moment.tzinfo is UTC:
        return moment
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError from None


class _Day:
    """JSON gives a day as YYYY-MM-DD only; pydantic alone would also take midnights and numbers of seconds."""

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.str_schema(strict=True, pattern=DAY_PATTERN)
        return core_schema.json_or_python_schema(
            core_schema.chain_schema([text, core_schema.date_schema(strict=False)]), core_schema.date_schema()
        )

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "format": "date", "pattern": DAY_PATTERN}


class _Instant:
    """JSON gives an instant as RFC 3339 with offset only; whatever the offset, it is kept in UTC."""

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.str_schema(strict=True, pattern=INSTANT_PATTERN)
        aware = core_schema.datetime_schema(tz_constraint="aware")
        return core_schema.json_or_python_schema(
            core_schema.chain_schema([core_schema.no_info_after_validator_function(_read, text), aware]),
            core_schema.no_info_after_validator_function(_kept, aware),
        )

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "format": "date-time", "pattern": INSTANT_PATTERN}


def _read(text: str) -> datetime:
    try:
        return instant(text)
    except ValueError:
        raise broken("field_invalid", "", AN_INSTANT) from None


def _kept(moment: datetime) -> datetime:
    try:
        return in_utc(moment)
    except ValueError:
        raise broken("field_invalid", "", AN_INSTANT) from None


Day = Annotated[date, _Day()]
"""A calendar day, Europe/London."""
Instant = Annotated[datetime, _Instant()]
