"""Programme completion: of all who were due to have completed, who did."""

from datetime import date, timedelta

from outcomes_service.indicators.case import Case
from outcomes_service.indicators.counting import Share
from outcomes_service.indicators.measure import OWN_CHOICE, Measure


def due_on(case: Case) -> date | None:
    """The day on which the programme was planned to end; where no start is known, the day of its result."""
    if case.started_on is not None and case.planned_weeks is not None:
        return case.started_on + timedelta(weeks=case.planned_weeks)
    return case.completed_on or case.left_on


def succeeds(case: Case) -> date | None:
    """From the day the programme was completed."""
    return case.completed_on


def unknown(case: Case) -> bool:
    """Nobody said how it went."""
    return case.left_on is None and case.still_on is None and case.journey.closed_at is None


MEASURE = Measure(
    id="programme-completion",
    family="programme-completion",
    title="Completed the programme",
    words="Cases that completed the programme, of all that started it and were due to have ended by now.",
    unit="case",
    numerator="cases that completed the programme",
    denominator="cases whose programme was due to have ended, whatever became of them",
    unknown="nobody said how the programme went: no result and no closure is recorded",
    cohort="cases whose programme was due to have ended",
    counting=Share(counts=due_on, succeeds=succeeds, unknown=unknown),
    window="from the first session for as many weeks as the programme is planned to last",
    polarity="higher",
    caveats=("Of all who were due, not of those who stayed: who left early is in it.",),
    source=f"{OWN_CHOICE}; the denominator is all who were due, as for condition management programmes",
)
