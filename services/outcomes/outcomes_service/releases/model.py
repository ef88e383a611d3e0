"""What a release is: frozen tables of protected figures, with all that they need to be understood."""

from datetime import date, datetime
from typing import Literal

import msgspec

Status = Literal["draft", "published", "withdrawn"]
Protection = Literal["exact", "rounded", "suppressed"]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One figure as published. `at` has the category in each dimension of the table; None is the total over it.

    `k` of `n`, `u` of them unknown; None where suppressed, or where the measure has none. `rate`, `low` and `high` are
    worked out from the published counts. `value` and `p90` are in the measure's unit.
    """

    at: dict[str, str | None]
    k: int | None = None
    n: int | None = None
    u: int | None = None
    rate: float | None = None
    low: float | None = None
    high: float | None = None
    value: float | None = None
    p90: float | None = None
    protection: Protection = "exact"


class Definition(msgspec.Struct, frozen=True, kw_only=True):
    """What a measure meant when the release was made, in its words then."""

    measure: str
    version: str
    title: str
    words: str
    unit: str
    numerator: str | None
    denominator: str | None
    unknown: str | None
    window: str | None
    polarity: str | None
    caveats: tuple[str, ...]
    source: str


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table of a release. `dimensions` name what its rows differ in, such as scheme, measure, definition, area."""

    id: str
    title: str
    dimensions: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """A release. What it says of figures never changes once it is published; `content_hash` is of exactly that.

    Figures count what lies up to the day `as_of` by event time, and was accepted up to `known_on`. `register_as_of` is
    the day of the practice register then. `changes` says of a release that `corrects` another which figures differ.
    """

    id: str
    title: str
    status: Status
    profile: str
    synthetic: bool
    as_of: date
    known_on: datetime
    register_as_of: date | None = None
    drafted_at: datetime
    content_hash: str
    definitions: tuple[Definition, ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...] = ()
    corrects: str | None = None
    changes: tuple[str, ...] = ()
    published_at: datetime | None = None
    withdrawn_at: datetime | None = None
    withdrawn_because: str | None = None
