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


class Counted(NamedTuple):
    """One part of one subject: `day` is that from which it counts, `decides` the one whose period it belongs to."""

    cell: Cell
    part: str
    day: date
    decides: date
    times: int


class Table:
    """Contributions in columns: numbers of places, of what is told, of parts; days as ordinals; how often."""

    def __init__(self) -> None:
        self.places: dict[Place, int] = {}
        self.told: dict[Told, int] = {}
        self.parts: dict[str, int] = {}
        self.columns = tuple(array(kind) for kind in "IHIiiq")

    def __len__(self) -> int:
        return len(self.columns[0])

    def add(self, counted: Sequence[tuple[int, Counted]], places: Iterable[Place]) -> None:
        """Many contributions more, each with the number of its place among `places`."""
        if not counted:
            return
        numbers = _renumbered(self.places, places)
        cells, parts, days, deciding, times = zip(*(each for _, each in counted), strict=True)
        told = {cell: self.told.setdefault(Told(*cell[2:]), len(self.told)) for cell in dict.fromkeys(cells)}
        for part in dict.fromkeys(parts):
            self.parts.setdefault(part, len(self.parts))
        made = (
            (numbers[number] for number, _ in counted),
            map(told.__getitem__, cells),
            map(self.parts.__getitem__, parts),
            map(date.toordinal, days),
            map(date.toordinal, deciding),
            times,
        )
        for column, more in zip(self.columns, made, strict=True):
            column.extend(more)

    def extend(self, other: "Table") -> None:
        """All of another's."""
        renumbered = (
            _renumbered(self.places, other.places),
            _renumbered(self.told, other.told),
            _renumbered(self.parts, other.parts),
        )
        for column, more, numbers in zip(self.columns, other.columns, renumbered, strict=False):
            column.extend(array(column.typecode, map(numbers.__getitem__, more)))
        for column, more in zip(self.columns[3:], other.columns[3:], strict=True):
            column.extend(more)


class Taking:
    """Takes journeys up, one by one; in the end their persons."""

    def __init__(self, asked: Asked) -> None:
        self._asked, self._places = asked, Places(asked.schemes)
        self._counted: list[tuple[int, Counted]] = []
        self._visits: defaultdict[str, dict[str, Visit]] = defaultdict(dict)
        self._place_of: dict[str, int] = {}
        self._with_persons = frozenset(asked.of_persons)

    def take(self, journey: Journey) -> None:
        """One journey, or a practice's fit notes."""
        counted, places = counted_in(journey, self._asked), self._places
        if journey.scheme_id is None:
            self._counted += [(places.of_practice(journey, each.cell), each) for each in counted]
            return
        if counted:
            number = places.number(journey)
            self._counted += [(number, each) for each in counted]
        if journey.scheme_id in self._with_persons and (visit := visit_of(journey)):
            self._visits[visit[0]][journey.id] = visit[1]
            self._place_of[journey.id] = places.number(journey)

    def done(self) -> Table:
        """The table, with the persons of the journeys taken."""
        for person, visits in self._visits.items():
            row = PersonRow(id=person, visits=visits)
            first = first_referrals(row)
            self._counted += [
                (self._place_of[first[each.cell.synthetic]], each) for each in person_counted_in(row, self._asked)
            ]
        table = Table()
        table.add(self._counted, self._places.all)
        return table


def counted_in(journey: Journey, asked: Asked) -> list[Counted]:
    """What a journey, or a practice with its fit notes, counts in."""
    return _dated(cells(journey, asked), asked)


def person_counted_in(row: PersonRow, asked: Asked) -> list[Counted]:
    """What a person counts in."""
    return _dated(cells_of_person(row, asked), asked)


def first_referrals(row: PersonRow) -> Mapping[bool, str]:
    """The referral by which a person is placed, real and synthetic apart."""
    if len(row.visits) == 1:  # as nearly always
        referral, visit = next(iter(row.visits.items()))
        return {visit.synthetic: referral}
    return {person.synthetic: person.referral for person in people(row)}


def _dated(contributions: Iterable[tuple[Key, int]], asked: Asked) -> list[Counted]:
    """With the day that decides the period: of one subject the day on which it begins to count, else each part's own.

    So the k of a period are those of its n, whenever they succeeded.
    """
    begins, of_one, found = date.min, asked.of_one_subject, []
    for (cell, part, day), times in contributions:
        if part == "n":
            begins = day
        found.append(Counted(cell, part, day, begins if cell.measure in of_one else day, times))
    return found


def _renumbered(ours: dict[T, int], theirs: Iterable[T]) -> list[int]:
    """Our numbers of what another numbered in this order."""
    return [ours.setdefault(each, len(ours)) for each in theirs]
