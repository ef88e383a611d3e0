"""In work 52 weeks after completing the programme. Of whom matters: all three denominators stand side by side."""

from collections.abc import Callable
from datetime import date

from outcomes_service.indicators.case import IN_WORK, IN_WORK_OR_TRAINING, Case
from outcomes_service.indicators.counting import Share
from outcomes_service.indicators.measure import ARTICLES, OUTCOME_DEFINITIONS, OUTCOMES, Measure

WEEKS = 52


def _closed(case: Case) -> date | None:
    return case.window_closed_on(WEEKS) if case.completed_on else None


def of_successful(case: Case) -> date | None:
    """Completers who were in work or training at the end."""
    return _closed(case) if case.status(0) in IN_WORK_OR_TRAINING else None


def of_working(case: Case) -> date | None:
    """Completers who were in work at the end."""
    return _closed(case) if case.status(0) in IN_WORK else None


def of_completers(case: Case) -> date | None:
    """All completers."""
    return _closed(case)


def succeeds(case: Case) -> date | None:
    """In work at 52 weeks."""
    return _closed(case) if case.status(WEEKS) in IN_WORK else None


def unknown(case: Case) -> bool:
    """No status was recorded for 52 weeks, or it is not known."""
    return case.status(WEEKS) is None


def _measure(name: str, counts: Callable[[Case], date | None], whom: str) -> Measure:
    return Measure(
        id=name,
        family="work-at-52-weeks",
        title=f"In work 52 weeks after completing, of {whom}",
        words=f"Completers in work 52 weeks after the end of the programme, of {whom}; unknown counts as no.",
        unit="case",
        numerator="completers in work 52 weeks after the end",
        denominator=f"{whom}, once the window has closed",
        unknown="no status was recorded for 52 weeks within its window, or it was recorded as unknown",
        checkpoint=WEEKS,
        cohort=whom,
        counting=Share(counts=counts, succeeds=succeeds, unknown=unknown),
        needs="ended_on",
        reads=OUTCOMES,
        definitions=OUTCOME_DEFINITIONS,
        window="from 50 to 56 weeks after the end of the programme",
        polarity="higher",
        caveats=("Of whom matters: read all three denominators side by side.",),
        source=f"{ARTICLES}: 82 % of those in work or training",
    )


MEASURES = (
    _measure("work-at-52-weeks", of_successful, "those in work or training at the end"),
    _measure("work-at-52-weeks-of-entered", of_working, "those in work at the end"),
    _measure("work-at-52-weeks-of-completers", of_completers, "all completers"),
)
