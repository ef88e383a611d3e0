"""Cells: what a journey, a person or a practice counts in, as dated parts. Roll-ups are sums of these, nothing else."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from outcomes_service.indicators.case import Case
from outcomes_service.indicators.catalogue import Known
from outcomes_service.indicators.counting import Part
from outcomes_service.indicators.measure import SEED
from outcomes_service.projections.facts import AnyFact, NotesCounted, Referred, standing
from outcomes_service.projections.journeys import Journey
from outcomes_service.projections.persons import PersonRow, people
from schemes.model import Scheme
from schemes.register import WALES


class Cell(NamedTuple):
    """Where something is counted."""

    scheme_id: str
    area: str
    measure: str
    definition: str
    synthetic: bool


@lru_cache(maxsize=50_000)  # asked for with every contribution, and there are few
def _cell(*named: Any) -> Cell:
    return Cell(*named)


Key = tuple[Cell, str, date]  # the part, and the day from which it counts
Counts = Counter[Key]


def cells(journey: Journey, known: Known) -> Iterator[tuple[Key, int]]:
    """What a journey counts in, and how often. Persons are counted apart: see `cells_of_person`."""
    if journey.scheme_id is None:
        yield from _cells_of_practice(journey, known)
        return
    if (scheme := known.schemes.get(journey.scheme_id)) is None:
        return  # said by another version, with schemes that this one has not
    cases = _Cases(journey, scheme)
    case = cases[SEED[0]]
    yield from _of_facts(case.facts, cases, known)
    for _reads, need, counted in known.of_cases[scheme.id]:
        if getattr(case, need) is None:
            continue
        for measure, parts, definition in counted:
            if now := tuple(parts(cases[definition])):
                cell = cases.cell(measure, definition)
                for part, day, count in now:
                    yield (cell, part, day), count


def difference(before: Journey, after: Journey, known: Known) -> Iterator[tuple[Key, int]]:
    """What a change adds to the sums: what the journey counts in now, less what it counted in before.

    Most measures do not change with an event: where their parts are the same no cell is touched.
    """
    if after.scheme_id is None or _place(before) != _place(after):
        yield from cells(after, known)
        yield from ((key, -count) for key, count in cells(before, known))
        return
    if (scheme := known.schemes.get(after.scheme_id)) is None:
        return
    old, new = _Cases(before, scheme), _Cases(after, scheme)
    case_before, case_now = old[SEED[0]], new[SEED[0]]
    gone, come = _differing(case_before.facts, case_now.facts)
    yield from _of_facts(come, new, known)
    if gone:
        yield from ((key, -count) for key, count in _of_facts(gone, new, known))
    changed = {type(fact) for fact in (*gone, *come)}
    for reads, need, counted in known.of_cases[scheme.id]:
        if changed.isdisjoint(reads) and Referred not in changed:
            continue
        counted_before, counts_now = getattr(case_before, need) is not None, getattr(case_now, need) is not None
        if not counted_before and not counts_now:
            continue
        for measure, parts, definition in counted:
            was = tuple(parts(old[definition])) if counted_before else ()
            now = tuple(parts(new[definition])) if counts_now else ()
            if was == now:
                continue
            cell = new.cell(measure, definition)
            less, more = _apart(was, now)
            for part, day, count in more:
                yield (cell, part, day), count
            for part, day, count in less:
                yield (cell, part, day), -count


def cells_of_person(row: PersonRow, known: Known) -> Iterator[tuple[Key, int]]:
    """What a person counts in."""
    for person in people(row):
        for measure, parts, definition in known.of_persons.get(person.scheme_id, ()):
            cell = Cell(person.scheme_id, person.area, measure, definition, person.synthetic)
            for part, day, count in parts(person):
                yield (cell, part, day), count


class _Cases(dict[str, Case]):
    """A journey's case under each definition, made when it is asked for."""

    def __init__(self, journey: Journey, scheme: Scheme) -> None:
        super().__init__()
        self._journey, self.scheme = journey, scheme

    def __missing__(self, definition: str) -> Case:
        case = self[definition] = Case(self._journey, self.scheme, definition)
        return case

    def cell(self, measure: str, definition: str) -> Cell:
        """Where a measure is counted."""
        return _cell(self.scheme.id, self._journey.area or "", measure, definition, bool(self._journey.synthetic))


def _of_facts(facts: Iterable[AnyFact], cases: _Cases, known: Known) -> Iterator[tuple[Key, int]]:
    """What counts fact by fact."""
    for measure, parts, definition in known.of_facts.get(cases.scheme.id, ()):
        for fact in facts:
            for part, day, count in parts(fact, cases.scheme):
                yield (cases.cell(measure, definition), part, day), count


def _differing(before: Sequence[AnyFact], after: Sequence[AnyFact]) -> tuple[Sequence[AnyFact], Sequence[AnyFact]]:
    """The facts of one that are not in the other, by object: what is taken for another cancels out in the sums."""
    if len(after) == len(before) + 1 and after[:-1] == before:  # as nearly always
        return (), after[-1:]
    there = set(map(id, before))
    stayed = set(map(id, after))
    return [f for f in before if id(f) not in stayed], [f for f in after if id(f) not in there]


def _apart(was: tuple[Part, ...], now: tuple[Part, ...]) -> tuple[Sequence[Part], Sequence[Part]]:
    """What is only in the one and what is only in the other, each as often as it is there more often."""
    if now[: len(was)] == was:  # something came after it: a session
        return (), now[len(was) :]
    less, more = list(was), []
    for part in now:
        if part in less:
            less.remove(part)
        else:
            more.append(part)
    return less, more


def _place(journey: Journey) -> tuple[str | None, str | None, bool | None]:
    return journey.scheme_id, journey.area, journey.synthetic


def add(counts: Counts, contributions: Iterable[tuple[Key, int]], sign: int = 1) -> None:
    """Add contributions to sums; with `sign` -1 take them out."""
    for key, count in contributions:
        counts[key] = counts.get(key, 0) + sign * count


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
