"""What journeys, persons and practices count in, with the place of each: what every breakdown is summed from.

The contributions are those of `projections.cells`, which the live roll-ups are sums of. They stand in columns, so that
hundreds of thousands are few megabytes and travel between processes quickly.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import groupby
from typing import NamedTuple, TypeVar

from outcomes_service.breakdowns.places import Place, Places
from outcomes_service.indicators.catalogue import Known
from outcomes_service.indicators.counting import Share
from outcomes_service.indicators.lasting import Lasting
from outcomes_service.indicators.measure import Measure
from outcomes_service.projections.cells import Cell, Key, cells, cells_of_person
from outcomes_service.projections.journeys import Journey
from outcomes_service.projections.persons import PersonRow, Visit, people, visit_of

T = TypeVar("T")


@dataclass(frozen=True)
class Asked(Known):
    """The reference data, narrowed to some measures of some schemes: `cells` counts nothing else."""

    measures_asked: frozenset[str]
    schemes_asked: frozenset[str]

    @cached_property
    def shown(self) -> dict[str, tuple[tuple[Measure, str], ...]]:
        """As in all of it, the rest left empty."""
        everything = Known(self.schemes, self.register).shown
        return {
            scheme: tuple(
                (measure, definition)
                for measure, definition in shown
                if scheme in self.schemes_asked and measure.id in self.measures_asked
            )
            for scheme, shown in everything.items()
        }

    @cached_property
    def of_one_subject(self) -> frozenset[str]:
        """The measures whose parts are of one case or person, of which `n` comes first."""
        return frozenset(name for name, each in self.measures.items() if isinstance(each.counting, Share | Lasting))


class Told(NamedTuple):
    """What is counted, under which definition, of which kind."""

    measure: str
    definition: str
    synthetic: bool


Counted = tuple[int, Cell, str, date, date, int]
"""One part of one subject: the number of its place, where it is counted, the part, the day from which it counts, the
day whose period it belongs to, and how often. A plain tuple: hundreds of thousands are made."""


class Table:
    """Contributions in columns: numbers of places, of what is told, of parts; days as ordinals; how often."""

    def __init__(self) -> None:
        self.places: dict[Place, int] = {}
        self.told: dict[Told, int] = {}
        self.parts: dict[str, int] = {}
        self.columns = tuple(array(kind) for kind in "IHIiiq")

    def __len__(self) -> int:
        return len(self.columns[0])

    def add(self, counted: Sequence[Counted], places: Iterable[Place]) -> None:
        """Many contributions more, each with the number of its place among `places`."""
        if not counted:
            return
        numbers = _renumbered(self.places, places)
        at, cells, parts, days, deciding, times = zip(*counted, strict=True)
        told = {cell: self.told.setdefault(Told(*cell[2:]), len(self.told)) for cell in dict.fromkeys(cells)}
        for part in dict.fromkeys(parts):
            self.parts.setdefault(part, len(self.parts))
        made = (
            map(numbers.__getitem__, at),
            map(told.__getitem__, cells),
            map(self.parts.__getitem__, parts),
            map(date.toordinal, days),
            map(date.toordinal, deciding),
            times,
        )
        for column, more in zip(self.columns, made, strict=True):
            column.extend(more)


class Taking:
    """Takes journeys up, one by one; in the end their persons."""

    def __init__(self, asked: Asked) -> None:
        self._asked, self._places = asked, Places(asked.schemes)
        self._counted: list[Counted] = []
        self._visits: defaultdict[str, dict[str, Visit]] = defaultdict(dict)
        self._place_of: dict[str, int] = {}
        self._counts_cases = any(asked.of_cases.values()) or bool(asked.of_facts)

    def take(self, journey: Journey) -> None:
        """One journey, or a practice's fit notes."""
        scheme = journey.scheme_id
        if scheme is None:
            add_practice(self._counted, journey, self._places, self._asked)
            return
        if scheme not in self._asked.schemes_asked:
            return
        number = self._places.number(journey)
        if self._counts_cases:
            add_dated(self._counted, number, cells(journey, self._asked), self._asked)
        if scheme in self._asked.of_persons and (visit := visit_of(journey)):
            self._visits[visit[0]][journey.id] = visit[1]
            self._place_of[journey.id] = number

    def done(self) -> Table:
        """The table, with the persons of the journeys taken."""
        for person, visits in self._visits.items():
            add_person(self._counted, PersonRow(id=person, visits=visits), self._place_of, self._asked)
        table = Table()
        table.add(self._counted, self._places.all)
        return table


def add_practice(counted: list[Counted], practice: Journey, places: Places, asked: Asked) -> None:
    """Add what a practice's fit notes count in."""
    for cell, contributions in groupby(cells(practice, asked), lambda each: each[0][0]):
        add_dated(counted, places.of_practice(practice, cell), contributions, asked)


def add_person(counted: list[Counted], row: PersonRow, place_of: Mapping[str, int], asked: Asked) -> None:
    """Add what a person counts in, where the first referral found them."""
    first = first_referrals(row)
    for kind, contributions in groupby(cells_of_person(row, asked), lambda each: each[0][0].synthetic):
        add_dated(counted, place_of[first[kind]], contributions, asked)


def first_referrals(row: PersonRow) -> Mapping[bool, str]:
    """The referral by which a person is placed, real and synthetic apart."""
    if len(row.visits) == 1:  # as nearly always
        referral, visit = next(iter(row.visits.items()))
        return {visit.synthetic: referral}
    return {person.synthetic: person.referral for person in people(row)}


def add_dated(counted: list[Counted], place: int, contributions: Iterable[tuple[Key, int]], asked: Asked) -> None:
    """Add what a subject counts in, with the day that decides the period.

    Of one subject that is the day on which it begins to count, so that the k of a period are those of its n, whenever
    they succeeded; else each part's own.
    """
    begins, of_one = date.min, asked.of_one_subject
    for (cell, part, day), times in contributions:
        if part == "n":
            begins = day
        counted.append((place, cell, part, day, begins if cell.measure in of_one else day, times))


def _renumbered(ours: dict[T, int], theirs: Iterable[T]) -> list[int]:
    """Our numbers of what another numbered in this order."""
    return [ours.setdefault(each, len(ours)) for each in theirs]
