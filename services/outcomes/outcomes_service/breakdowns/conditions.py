"""Whether a question can be answered; where it cannot, what can be asked."""

import re
from typing import Final

import msgspec

from outcomes_service.breakdowns.axes import categories
from outcomes_service.breakdowns.boards import Boards
from outcomes_service.breakdowns.places import NONE, first_day_of
from outcomes_service.breakdowns.question import (
    AT_ONCE,
    DIMENSIONS,
    OF_A_REFERRAL,
    PERIODS,
    Question,
    Unanswerable,
    may_be_added,
)
from outcomes_service.indicators.catalogue import Known
from outcomes_service.indicators.measure import Measure

_PRACTICE: Final = re.compile(r"[A-Z][0-9]{5}")
_EXAMPLES: Final = {"month": "2025-03", "quarter": "2025-Q1", "financial_year": "2024-25"}


def checked(question: Question, known: Known) -> Question:
    """The question with its schemes said. Raises `Unanswerable`."""
    _check_dimensions(question)
    measures = [_measure(name, known) for name in question.measures]
    if not measures:
        raise Unanswerable("No measure", f"Say which: {', '.join(known.measures)}.")
    for scheme in question.schemes:
        if scheme not in known.schemes:
            raise Unanswerable("No such scheme", f"There are: {', '.join(known.schemes)}.", 404)
    showing = _showing(question, known)
    for measure in measures:
        _check_measure(measure, question, showing)
    said = msgspec.structs.replace(question, schemes=showing)
    for name, category in question.where:
        _check_condition(name, category, said, known)
    return said


def _measure(name: str, known: Known) -> Measure:
    if name not in known.measures:
        raise Unanswerable("No such measure", f"There are: {', '.join(known.measures)}.", 404)
    return known.measures[name]


def _check_dimensions(question: Question) -> None:
    there = f"There are: {', '.join(DIMENSIONS)}."
    named = [*question.by, *(name for name, _ in question.where)]
    if unknown := [name for name in named if name not in DIMENSIONS]:
        raise Unanswerable(f"No such dimension: {', '.join(unknown)}", there)
    if len(set(question.by)) != len(question.by):
        raise Unanswerable("A dimension twice", "Each may be named once.")
    if len([name for name in question.by if name != "scheme"]) > AT_ONCE:
        raise Unanswerable("Too many dimensions", f"At most {AT_ONCE} beside the scheme.")
    if len([name for name in question.by if name in PERIODS]) > 1:
        raise Unanswerable("Two periods", f"One of: {', '.join(PERIODS)}.")


def _showing(question: Question, known: Known) -> tuple[str, ...]:
    """The schemes asked for that show one of the measures, under one of the definitions."""
    wanted = question.schemes or tuple(known.schemes)
    shown = {
        name: [
            (measure.id, definition)
            for measure, definition in known.shown[name]
            if measure.id in question.measures and definition in (question.definitions or (definition,))
        ]
        for name in wanted
    }
    if not any(shown.values()):
        there = sorted({f"{m.id} ({d})" for name in wanted for m, d in known.shown[name]})
        raise Unanswerable("Not shown", f"These schemes show: {', '.join(there)}.", 404)
    return tuple(name for name in wanted if shown[name])


def _check_measure(measure: Measure, question: Question, schemes: tuple[str, ...]) -> None:
    counted = measure.counting.of
    if counted in ("fund", "service"):
        said = "It is of a scheme as a whole: ask /api/schemes/{scheme}/figures."
        raise Unanswerable(f"{measure.id} has no breakdown", said)
    if counted == "practice" and (wrong := sorted({*question.by, *dict(question.where)} & {*OF_A_REFERRAL})):
        left = [name for name in DIMENSIONS if name not in OF_A_REFERRAL]
        said = f"Fit notes are counted a practice, without any person. There are: {', '.join(left)}."
        raise Unanswerable(f"{measure.id} cannot be told by {', '.join(wrong)}", said)
    if len(schemes) > 1 and "scheme" not in question.by and not may_be_added(measure):
        said = "Its counts are of one scheme: ask by scheme, or about one."
        raise Unanswerable(f"{measure.id} cannot be added up over schemes", said)


def _check_condition(name: str, category: str, question: Question, known: Known) -> None:
    """Whether a dimension has such a category."""
    schemes = [known.schemes[scheme] for scheme in question.schemes]
    why_not: str | None = None
    if name in PERIODS and first_day_of(category, name) is None:
        why_not = f"A {name} is written {_EXAMPLES[name]}."
    elif name == "board":
        why_not = Boards(known, tuple(schemes), question.as_of).why_not(category)
    elif name == "practice" and category != NONE and not _PRACTICE.fullmatch(category):
        why_not = "A practice is a letter and five digits, or none."
    elif (listed := categories(name, schemes)) and category not in listed:
        why_not = f"There are: {', '.join(listed)}."
    if why_not is not None:
        raise Unanswerable(f"No such {name}: {category}", why_not, 404)
