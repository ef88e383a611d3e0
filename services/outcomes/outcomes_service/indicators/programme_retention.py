"""Programme retention: still on it at week 12, which is at least day 84 after the start."""

from datetime import date, timedelta

from outcomes_service.indicators.case import Case
from outcomes_service.indicators.counting import Share
from outcomes_service.indicators.measure import ARTICLES, Measure

WEEK_12 = timedelta(days=84)


def counts(case: Case) -> date | None:
    """Whoever started, from day 84."""
    return case.started_on + WEEK_12 if case.started_on else None


def succeeds(case: Case) -> date | None:
    """The first day from day 84 on of which it is known that the programme went on (or was completed)."""
    day_84 = counts(case)
    seen = [day for day in (case.still_on, case.completed_on, case.left_on) if day]
    if not case.completed_on and not case.left_on:  # a session after the end is no sign that the programme went on
        seen += [day for day, _ in case.sessions]
    return min((day for day in seen if day_84 is not None and day >= day_84), default=None)


def unknown(case: Case) -> bool:
    """Nobody said that it ended, nor that it went on."""
    return case.ended_on is None


MEASURE = Measure(
    id="programme-retention",
    family="programme-retention",
    title="Still on the programme at week 12",
    words="Cases still on the programme at least 84 days after its first session, of all that started it.",
    unit="case",
    numerator="cases still on the programme, or through with it, on day 84 or later",
    denominator="cases that started at least 84 days ago",
    unknown="nobody said that it ended, nor that it went on",
    cohort="cases that started at least 84 days ago",
    counting=Share(counts=counts, succeeds=succeeds, unknown=unknown),
    needs="first_session_on",
    window="84 days from the first session",
    polarity="higher",
    caveats=("A session on day 84 or later is a sign of still being on it, unless an end is on record.",),
    source=f"{ARTICLES}: a programme of 12 weeks after a fitness assessment",
)
