"""Programme length: whole weeks from a programme's start to its completion."""

from datetime import date

from outcomes_service.indicators.case import Case
from outcomes_service.indicators.counting import Spread
from outcomes_service.indicators.measure import ARTICLES, Measure


def value(case: Case) -> tuple[date, int] | None:
    """Weeks that were over on the day of completion: 12 from day 84 on."""
    if case.started_on is None or case.completed_on is None:
        return None
    return case.completed_on, max(0, (case.completed_on - case.started_on).days // 7)


MEASURE = Measure(
    id="programme-length",
    family="programme-length",
    title="Weeks from start to completion of the programme",
    words="Median and 90th percentile of whole weeks from the programme's first session to its completion.",
    unit="week",
    numerator=None,
    denominator="cases that completed the programme",
    cohort="cases that completed the programme",
    counting=Spread(value=value),
    needs="ended_on",
    source=f"{ARTICLES}: a programme of 12 weeks",
    caveats=("Who left early is not in it: read it beside programme retention.",),
)
