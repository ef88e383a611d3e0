"""Completer success: in work or training on completing the programme."""

from datetime import date

from outcomes_service.indicators.case import IN_WORK_OR_TRAINING, Case
from outcomes_service.indicators.counting import Share
from outcomes_service.indicators.measure import ARTICLES, OUTCOME_DEFINITIONS, OUTCOMES, Measure


def counts(case: Case) -> date | None:
    """Completers, from the close of the window around the end of the programme."""
    return case.window_closed_on(0) if case.completed_on else None


def succeeds(case: Case) -> date | None:
    """In work or training at the end."""
    return case.window_closed_on(0) if case.status(0) in IN_WORK_OR_TRAINING else None


def unknown(case: Case) -> bool:
    """No status was recorded for the end, or it is not known."""
    return case.status(0) is None


MEASURE = Measure(
    id="completer-success",
    family="completer-success",
    title="In work or training on completing the programme",
    words="Completers whose work status at the end is in work or in training, of all completers; unknown counts as no.",
    unit="case",
    numerator="completers in work or in training at the end",
    denominator="all completers whose window has closed",
    unknown="no status was recorded for the end within its window, or it was recorded as unknown",
    cohort="cases that completed the programme",
    counting=Share(counts=counts, succeeds=succeeds, unknown=unknown),
    needs="ended_on",
    reads=OUTCOMES,
    definitions=OUTCOME_DEFINITIONS,
    window="from 14 days before to 28 days after the end of the programme",
    polarity="higher",
    caveats=(
        "Who left early is not in it: read it beside completion, of all who were due.",
        "It is before and after: what would have become of them without the service is not known.",
    ),
    source=f"{ARTICLES}: 87 % of completers",
)
