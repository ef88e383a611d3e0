"""Cells: what a journey, a person or a practice counts in, as dated parts. Roll-ups are sums of these, nothing else."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from outcomes_service.indicators.case import Case
from outcomes_service.indicators.catalogue import Known
from outcomes_service.projections.facts import NotesCounted, standing
from outcomes_service.projections.journeys import Journey
from outcomes_service.projections.persons import PersonRow, people
from schemes.register import WALES


class Cell(NamedTuple):
    """Where something is counted."""

    scheme_id: str
    area: str
    measure: str
    definition: str
    synthetic: bool


Key = tuple[Cell, str, date]  # the part, and the day from which it counts
Counts = Counter[Key]


def cells(journey: Journey, known: Known) -> Iterator[tuple[Key, int]]:
    """What a journey counts in, and how often. Persons are counted apart: see `cells_of_person`."""
    if journey.scheme_id is None:
        yield from _cells_of_practice(journey, known)
        return
    cases: dict[str, Case] = {}
    area, synthetic = journey.area or "", bool(journey.synthetic)
    for measure, parts, definition in known.of_cases.get(journey.scheme_id, ()):
        case = cases.get(definition)
        if case is None:
            case = cases[definition] = Case(journey, known.schemes[journey.scheme_id], definition)
        cell = Cell(journey.scheme_id, area, measure, definition, synthetic)
        for part, day, count in parts(case):
            yield (cell, part, day), count


def cells_of_person(row: PersonRow, known: Known) -> Iterator[tuple[Key, int]]:
    """What a person counts in."""
    for person in people(row):
        for measure, parts, definition in known.of_persons.get(person.scheme_id, ()):
            for part, day, count in parts(person):
                yield (Cell(person.scheme_id, person.area, measure, definition, person.synthetic), part, day), count


def add(counts: Counts, contributions: Iterable[tuple[Key, int]], sign: int = 1) -> None:
    """Add contributions to sums; with `sign` -1 take them out."""
    for key, count in contributions:
        counts[key] += sign * count


def _cells_of_practice(journey: Journey, known: Known) -> Iterator[tuple[Key, int]]:
    """What a practice's fit notes count in: the schemes about fit notes of the country that the practice lies in."""
    notes = [fact for fact in standing(journey.facts) if type(fact) is NotesCounted]
    practice = known.register.practice(journey.id.removeprefix("ods:")) if notes else None
    if practice is None:
        return
    country = "wales" if practice.area_code == WALES else "england"
    for scheme_id, shown in known.of_practices.items():
        scheme = known.schemes[scheme_id]
        if scheme.country != country:
            continue
        for measure, parts, definition in shown:
            for fact in notes:
                for part, day, count in parts(fact):
                    yield (Cell(scheme_id, scheme.areas[0].id, measure, definition, fact.synthetic), part, day), count
