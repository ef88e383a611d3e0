"""The events behind a figure: of each subject that it counts, those that are counted in it, as `lineage` tells."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import msgspec

from outcomes_service.breakdowns.question import Question
from outcomes_service.breakdowns.subjects import Subject
from outcomes_service.breakdowns.table import Asked
from outcomes_service.lineage import Identity, lineage
from outcomes_service.projections.facts import AnyFact, standing
from outcomes_service.projections.journeys import Journey
from outcomes_service.projections.persons import PersonRow, visit_of


class Behind(msgspec.Struct, frozen=True, kw_only=True):
    """One event that a figure counts: `subject` is its referral, or `ods:` and its practice; `parts` what it adds."""

    subject: str
    id: str
    type: str
    partner: str
    accepted_at: datetime
    parts: dict[str, int]


def events_behind(
    subjects: Iterable[Subject], journeys: Mapping[str, Journey], asked: Asked, question: Question, part: str | None
) -> Iterator[Behind]:
    """The events of these subjects, whose documents are given."""
    for subject in subjects:
        documents = [journeys[key] for key in subject if key in journeys]
        visits = [visit for journey in documents if (visit := visit_of(journey))]
        of_persons = any(asked.of_persons.get(scheme) for scheme in asked.schemes_asked)
        row = PersonRow(id=visits[0][0], visits={}) if of_persons and visits else None
        if row is not None:
            row.visits |= {journey.id: visit[1] for journey in documents if (visit := visit_of(journey))}
        for journey in documents:
            for fact in standing(journey.facts):
                if parts := _parts(fact, journey, row, asked=asked, question=question, part=part):
                    yield Behind(
                        subject=journey.id,
                        id=fact.id,
                        type=fact.type,
                        partner=fact.partner,
                        accepted_at=fact.accepted,
                        parts=parts,
                    )


def _parts(
    fact: AnyFact, journey: Journey, row: PersonRow | None, *, asked: Asked, question: Question, part: str | None
) -> dict[str, int]:
    """What of the figure would be missing without the fact."""
    of, found = Identity(fact.partner, fact.type, fact.id), dict[str, int]()
    for each in lineage(journey, row, of, asked, question.as_of).counted_in:
        is_asked_for = (
            not each.open
            and each.measure in question.measures
            and each.definition in (question.definitions or (each.definition,))
            and question.synthetic in (None, each.synthetic)
        )
        for name, times in each.parts.items() if is_asked_for else ():
            if part in (None, name):
                found[name] = found.get(name, 0) + times
    return found
