"""Left with a plan: of those who were seen and left, who had agreed one."""

from datetime import date

from outcomes_service.indicators.case import Case
from outcomes_service.indicators.counting import Share
from outcomes_service.indicators.measure import ARTICLES, Measure


def counts(case: Case) -> date | None:
    """From the day the programme or the case ended."""
    return case.ended_on if case.first_session_on else None


def succeeds(case: Case) -> date | None:
    """From the day a plan was first agreed."""
    return case.plan_agreed_on


MEASURE = Measure(
    id="left-with-plan",
    family="left-with-plan",
    title="Left with a plan",
    words="Cases in which a plan was agreed, of those with a session whose programme or case has ended.",
    unit="case",
    numerator="cases in which a plan was agreed",
    denominator="cases with a session that have ended",
    cohort="cases with a session that have ended",
    counting=Share(counts=counts, succeeds=succeeds),
    needs="ended_on",
    polarity="higher",
    caveats=("That a plan was agreed is counted, not what became of it.",),
    source=f"{ARTICLES}: people left with a plan",
)
