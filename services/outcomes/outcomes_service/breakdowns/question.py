"""What may be asked of the journeys: measures, by what, as of which day, as known when; and the rows that answer it."""

from collections.abc import Mapping
from datetime import date, datetime
from itertools import combinations
from typing import Final

import msgspec

from outcomes_service.indicators.counting import Values
from outcomes_service.indicators.measure import Measure

DIMENSIONS: Final[Mapping[str, str]] = {
    "scheme": "the scheme",
    "area": "the scheme's area, whatever codes its organisations had",
    "board": "the organisation code of the area on the as-of day; across a split by practice, where that is known",
    "practice": "the referring practice; of fit notes the practice that issued them",
    "route": "by which route the referral came, as the scheme takes its source",
    "entry": "how work stood at entry",
    "barrier": "the main barrier",
    "age": "the age band",
    "month": "the month, London time, of the day from which it counts",
    "quarter": "the quarter of the calendar year of the day from which it counts",
    "financial_year": "the year from April to March of the day from which it counts",
}
"""What figures can be broken down by, and what each means."""

PERIODS: Final = ("month", "quarter", "financial_year")
OF_A_REFERRAL: Final = ("route", "entry", "barrier", "age")  # a practice's fit notes have none of these
AT_ONCE: Final = 2  # dimensions beside the scheme: of more the cells are too small to say anything
_ADDABLE: Final = ("referral", "case", "session", "note", "day", "week")  # units whose counts schemes may add up


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked. Without `schemes` all that show one of the measures; without `definitions` all that they show.

    `where` are conditions: dimension and category. As of a day: what counts from that day or before. `known_on` leaves
    out what was accepted after that moment; None: all that is known now. `synthetic` None: both kinds, in rows apart.
    """

    measures: tuple[str, ...]
    as_of: date
    by: tuple[str, ...] = ()
    where: tuple[tuple[str, str], ...] = ()
    schemes: tuple[str, ...] = ()
    definitions: tuple[str, ...] = ()
    known_on: datetime | None = None
    synthetic: bool | None = None


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One figure. `at` has the category in each dimension of the question, in its order; None is the total over it.

    `sums` are the counted parts that `values` is made of: k, n and u of a share. `marks` say in words what stands
    between this figure and its neighbours, such as a code that was split.
    """

    at: dict[str, str | None]
    measure: str
    definition: str
    synthetic: bool
    values: Values
    sums: dict[str, int]
    marks: tuple[str, ...] = ()


class Unanswerable(Exception):  # noqa: N818  not an error: a question that has no answer, and what there is instead
    """Why a question has no answer: `detail` says what can be asked."""

    def __init__(self, title: str, detail: str, status: int = 400) -> None:
        super().__init__(f"{title}: {detail}")
        self.status, self.title, self.detail = status, title, detail


def margins(by: tuple[str, ...]) -> list[frozenset[str]]:
    """Every set of dimensions whose total is told: none of them first, all of them last."""
    return [frozenset(chosen) for size in range(len(by) + 1) for chosen in combinations(by, size)]


def may_be_added(measure: Measure) -> bool:
    """Whether the counts of several schemes may be added up: persons are one only within a scheme."""
    has_goal = getattr(measure.counting, "target", None) is not None
    return measure.unit in _ADDABLE and measure.counting.of != "person" and not has_goal
