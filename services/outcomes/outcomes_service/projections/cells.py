"""Cells: what a journey, a person or a practice counts in, as dated parts. Roll-ups are sums of these, nothing else."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from outcomes_service.indicators.case import Case
from outcomes_service.indicators.catalogue import Known
from outcomes_service.indicators.counting import Part
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


Counts = Counter[tuple[Cell, str, str]]
"""(cell, part, ISO day from which it counts): how often."""


def cells(journey: Journey, known: Known) -> Counts:
    """What a journey counts in, person by person apart: see `cells_of_person`."""
    if journey.scheme_id is None:
        return _cells_of_practice(journey, known)
    counts: Counts = Counter()
    cases: dict[str, Case] = {}
    for measure, definition in known.shown.get(journey.scheme_id, ()):
        if measure.counting.of != "case":
            continue
        if definition not in cases:
            cases[definition] = Case(journey, known.schemes[journey.scheme_id], definition)
        cell = Cell(journey.scheme_id, journey.area or "", measure.id, definition, bool(journey.synthetic))
        _add(counts, cell, measure.counting.parts(cases[definition]))
    return counts


def cells_of_person(row: PersonRow, known: Known) -> Counts:
    """What a person counts in."""
    counts: Counts = Counter()
    for person in people(row):
        for measure, definition in known.shown.get(person.scheme_id, ()):
            if measure.counting.of == "person":
                cell = Cell(person.scheme_id, person.area, measure.id, definition, person.synthetic)
                _add(counts, cell, measure.counting.parts(person))
    return counts


def _cells_of_practice(journey: Journey, known: Known) -> Counts:
    """What a practice's fit notes count in: the schemes about fit notes of the country that the practice lies in."""
    counts: Counts = Counter()
    notes = [fact for fact in standing(journey.facts) if type(fact) is NotesCounted]
    practice = known.register.practice(journey.id.removeprefix("ods:")) if notes else None
    if practice is None:
        return counts
    country = "wales" if practice.area_code == WALES else "england"
    for scheme in known.schemes.values():
        if scheme.country != country:
            continue
        for measure, definition in known.shown[scheme.id]:
            if measure.counting.of == "practice":
                for fact in notes:
                    cell = Cell(scheme.id, scheme.areas[0].id, measure.id, definition, fact.synthetic)
                    _add(counts, cell, measure.counting.parts(fact))
    return counts


def _add(counts: Counts, cell: Cell, parts: Iterable[Part]) -> None:
    for part, day, count in parts:
        counts[cell, part, day.isoformat()] += count
