"""What changed in a figure of one day between two moments at which it was known, event by event, with the reason.

Both figures are worked out from what is kept now. What was erased between them is in neither, and is only counted.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Literal

import msgspec

from outcomes_service.breakdowns.axes import Axes
from outcomes_service.breakdowns.knowing import as_known
from outcomes_service.breakdowns.places import Places
from outcomes_service.breakdowns.question import Question
from outcomes_service.breakdowns.subjects import asked_of
from outcomes_service.breakdowns.table import Asked, Counted, Told, add_dated, add_person, add_practice
from outcomes_service.projections.cells import cells
from outcomes_service.projections.facts import AnyFact, NotesCounted, Recorded, Voided, order
from outcomes_service.projections.journeys import Journey
from outcomes_service.projections.lanes import journey_of
from outcomes_service.projections.persons import PersonRow, Visit, visit_of
from servicekit.days import day_of

Reason = Literal["correction", "withdrawal", "late", "new"]
Sums = Counter[tuple[str, Told, str]]  # scheme, what is told, part


class Restated(msgspec.Struct, frozen=True, kw_only=True):
    """One event that changed a figure, and by how much.

    `late`: it tells of a day that was over when the figure was first known; `new`: of a later one.
    """

    reason: Reason
    scheme_id: str
    measure: str
    definition: str
    synthetic: bool
    subject: str
    id: str
    type: str
    partner: str
    accepted_at: datetime
    parts: dict[str, int]


def restatements(journeys: Iterable[Journey], asked: Asked, question: Question, since: datetime) -> Iterator[Restated]:
    """Each event accepted after `since` that changed a figure, in the order of acceptance.

    `journeys` hold what was accepted up to the later moment: those that changed, and the others of their persons.
    """
    everything = {journey.id: journey for journey in journeys}
    world = _World((as_known(journey, since) for journey in everything.values()), asked, question)
    later = [(fact, key) for key, each in everything.items() for fact in each.facts if fact.accepted > since]
    for fact, key in sorted(later, key=lambda each: order(each[0])):
        changes: defaultdict[tuple[str, Told], dict[str, int]] = defaultdict(dict)
        for (scheme, told, part), count in world.take(fact, key).items():
            if count:
                changes[scheme, told][part] = count
        for (scheme, told), parts in changes.items():
            yield Restated(
                reason=_reason(fact, since),
                scheme_id=scheme,
                **told._asdict(),
                subject=key,
                id=fact.id,
                type=fact.type,
                partner=fact.partner,
                accepted_at=fact.accepted,
                parts=dict(sorted(parts.items())),
            )


class _World:
    """Journeys and persons as they were known, to which one fact after another is added."""

    def __init__(self, journeys: Iterable[Journey], asked: Asked, question: Question) -> None:
        self._asked, self._question = asked, question
        self._axes, self._places = Axes.of(question, asked), Places(asked.schemes)
        self._journeys: dict[str, Journey] = {}
        self._visits: defaultdict[str, dict[str, Visit]] = defaultdict(dict)
        self._place_of: dict[str, int] = {}
        for journey in journeys:
            self._put(journey)

    def take(self, fact: AnyFact, key: str) -> Sums:
        """What one more fact changes."""
        before = self._journeys[key]
        after = journey_of(key, [*before.facts, fact])
        persons = {visit[0] for journey in (before, after) if (visit := self._visit(journey))}
        was = self._counted(before, persons)
        if (visit := self._visit(before)) is not None:
            del self._visits[visit[0]][key]
        self._put(after)
        now = self._counted(after, persons)
        now.subtract(was)
        return now

    def _put(self, journey: Journey) -> None:
        self._journeys[journey.id] = journey
        if (visit := self._visit(journey)) is not None:
            self._visits[visit[0]][journey.id] = visit[1]

    def _visit(self, journey: Journey) -> tuple[str, Visit] | None:
        return visit_of(journey) if self._asked.of_persons.get(journey.scheme_id or "") else None

    def _counted(self, journey: Journey, persons: Iterable[str]) -> Sums:
        counted: list[Counted] = []
        if journey.scheme_id is None:
            add_practice(counted, journey, self._places, self._asked)
        elif journey.scheme_id in self._asked.schemes_asked:
            add_dated(counted, self._places.number(journey), cells(journey, self._asked), self._asked)
        for person in persons:
            row = PersonRow(id=person, visits=dict(self._visits[person]))
            places = {key: self._places.number(self._journeys[key]) for key in row.visits}
            add_person(counted, row, places, self._asked)
        sums: Sums = Counter()
        for _, cell, part, _, _, times in asked_of(counted, self._places, self._axes, self._question):
            sums[cell.scheme_id, Told(*cell[2:]), part] += times
        return sums


def _reason(fact: AnyFact, since: datetime) -> Reason:
    if isinstance(fact, Voided):
        return "withdrawal"
    if fact.supersedes:
        return "correction"
    return "late" if _about(fact) <= day_of(since) else "new"


def _about(fact: AnyFact) -> date:
    """The day that a fact tells of."""
    if isinstance(fact, Recorded):
        return fact.on
    return fact.last_day if isinstance(fact, NotesCounted) else day_of(fact.time)
