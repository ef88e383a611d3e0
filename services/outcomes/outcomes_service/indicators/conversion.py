"""Conversion: of those who rang for advice, who came back or agreed a plan."""

from datetime import date

from outcomes_service.indicators.case import Case
from outcomes_service.indicators.counting import Share
from outcomes_service.indicators.measure import OWN_CHOICE, SESSIONS, Measure


def called_on(case: Case) -> date | None:
    """The day of the first advice call."""
    return next((day for day, held in case.sessions if case.scheme.conversion_from in held.interventions), None)


def succeeds(case: Case) -> date | None:
    """From a further session or an agreed plan, whichever came first."""
    called = called_on(case)
    after = [day for day, _ in case.sessions[1:]] + [day for day in (case.plan_agreed_on,) if day]
    return min((day for day in after if called is not None and day >= called), default=None)


MEASURE = Measure(
    id="conversion",
    family="conversion",
    title="Went on from an advice call",
    words="Cases with a further session or an agreed plan, of those with an advice call.",
    unit="case",
    numerator="cases with a further session or an agreed plan",
    denominator="cases with an advice call",
    cohort="cases with an advice call",
    counting=Share(counts=called_on, succeeds=succeeds),
    needs="first_session_on",
    reads=SESSIONS,
    polarity="higher",
    caveats=("Recent callers may still go on.",),
    source=f"{OWN_CHOICE}: the articles tell of an advice line, not of how many went on from it",
)
