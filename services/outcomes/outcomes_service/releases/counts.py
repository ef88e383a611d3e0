"""Counts: what the cells of tables are made of. The same people counted in two tables are one count, shown one way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal, NamedTuple

from outcomes_service.indicators.catalogue import MEASURES
from outcomes_service.indicators.counting import Capacity, Distinct, Share, Spread, Tally
from outcomes_service.indicators.funds import Cost
from outcomes_service.releases.model import Row, Table

Part = Literal["k", "n", "u"]
Pair = tuple[str, str]
Population = tuple[Pair, ...]

PARTS: Final[tuple[Part, ...]] = ("k", "n", "u")
OF_FIGURE: Final = ("measure", "definition")
"""Dimensions that say what is counted rather than of whom."""


class Count(NamedTuple):
    """Which people are counted: those of a population who are `part` of a measure under a definition.

    The population has a pair of dimension and category for all that narrows it, scheme included, sorted.
    """

    population: Population
    measure: str
    definition: str
    part: str


@dataclass(frozen=True, slots=True)
class WentOut:
    """A release that somebody may have kept: its exact tables, which stay inside, and those that were published."""

    exact: tuple[Table, ...]
    published: tuple[Table, ...]


def population_of(row: Row) -> Population:
    """Whom the row is about."""
    return tuple(sorted((name, said) for name, said in row.at.items() if said is not None and name not in OF_FIGURE))


def count_of(row: Row, part: str) -> Count:
    """The count that stands in a part of a row."""
    return Count(population_of(row), row.at.get("measure") or "", row.at.get("definition") or "", part)


def counts_in(tables: Sequence[Table]) -> Iterator[tuple[Count, int | None]]:
    """Every count of people in the tables with its value; None where it is suppressed."""
    for table in tables:
        for row in table.rows:
            for part in people_parts(row.at.get("measure") or ""):
                yield count_of(row, part), getattr(row, part)


@cache
def people_parts(measure: str) -> tuple[Part, ...]:
    """Which parts of a measure count people, their sessions or notes, or the places that at least one of them is of.

    The rest (targets, minutes, pounds) says nothing of anybody and is shown as it is. Of a measure that is not in the
    catalogue every part is taken to.
    """
    match _COUNTINGS.get(measure):
        case Share(target=None, unknown=None):
            return "k", "n"
        case Share(target=target) if target is not None:
            return ("k",)
        case Tally() | Distinct():
            return ("k",)
        case Spread():
            return ("n",)
        case Capacity() | Cost():
            return ("n",) if measure in _COST_OF_PEOPLE else ()
    return PARTS


_COUNTINGS: Final = {measure.id: measure.counting for measure in MEASURES}
_COST_OF_PEOPLE: Final = frozenset({"cost-per-person-seen", "cost-per-contact"})
