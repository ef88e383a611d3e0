"""Who stands behind a figure: the referrals (of a person all of theirs) and practices that a part of it counts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from outcomes_service.breakdowns.axes import Axes
from outcomes_service.breakdowns.places import Places
from outcomes_service.breakdowns.question import Question
from outcomes_service.breakdowns.table import Asked, Counted, add_dated, add_person, add_practice, first_referrals
from outcomes_service.projections.cells import cells
from outcomes_service.projections.journeys import Journey
from outcomes_service.projections.persons import PersonRow, Visit, visit_of

Subject = tuple[str, ...]  # the keys of its documents, that by which it is placed first


class Finding:
    """Takes journeys up, and keeps the keys of those that count. `part` None: in whichever part."""

    def __init__(self, asked: Asked, question: Question, part: str | None) -> None:
        self._asked, self._question, self._part = asked, question, part
        self._axes, self._places = Axes.of(question, asked), Places(asked.schemes)
        self._visits: defaultdict[str, dict[str, Visit]] = defaultdict(dict)
        self._place_of: dict[str, int] = {}
        self._found: list[Subject] = []

    def take(self, journey: Journey) -> None:
        """One journey, or a practice's fit notes."""
        scheme, counted = journey.scheme_id, list[Counted]()
        if scheme is None:
            add_practice(counted, journey, self._places, self._asked)
        elif scheme in self._asked.schemes_asked:
            number = self._place_of[journey.id] = self._places.number(journey)
            add_dated(counted, number, cells(journey, self._asked), self._asked)
            if scheme in self._asked.of_persons and (visit := visit_of(journey)):
                self._visits[visit[0]][journey.id] = visit[1]
        if self._counts(counted):
            self._found.append((journey.id,))

    def done(self) -> list[Subject]:
        """Whoever counts, in the order of their keys."""
        for person, visits in self._visits.items():
            row, counted = PersonRow(id=person, visits=visits), list[Counted]()
            add_person(counted, row, self._place_of, self._asked)
            if self._counts(counted):
                first = first_referrals(row).values()
                self._found.append(tuple(sorted(visits, key=lambda key: (key not in first, key))))
        return sorted(self._found)

    def _counts(self, counted: Iterable[Counted]) -> bool:
        wanted = (each for each in counted if self._part in (None, each[2]))
        return sum(each[5] for each in asked_of(wanted, self._places, self._axes, self._question)) > 0


def asked_of(counted: Iterable[Counted], places: Places, axes: Axes, question: Question) -> Iterator[Counted]:
    """Those contributions that a question is about."""
    for each in counted:
        number, cell, _part, day, decides, _times = each
        if (
            day <= question.as_of
            and cell.definition in (question.definitions or (cell.definition,))
            and question.synthetic in (None, cell.synthetic)
            and axes.of_place(places.all[number]) is not None
            and axes.of_day(decides) is not None
        ):
            yield each
