"""Time to return: days from referral to being back at work, of those absent at entry who returned."""

from datetime import date

from outcomes_service.indicators.case import Case
from outcomes_service.indicators.counting import Spread
from outcomes_service.indicators.measure import OUTCOME_DEFINITIONS, OUTCOMES, OWN_CHOICE, Measure


def value(case: Case) -> tuple[date, int] | None:
    """Days to the first record of a return, at whichever checkpoint."""
    returned_on = case.first_status_on("returned_to_work") if case.group == "absent" else None
    if returned_on is None or case.referred_on is None:
        return None
    return returned_on, max(0, (returned_on - case.referred_on).days)


MEASURE = Measure(
    id="time-to-return",
    family="time-to-return",
    title="Days from referral to return to work",
    words="Median and 90th percentile of days from referral to the first recorded return to work.",
    unit="day",
    numerator=None,
    denominator="cases absent at entry that returned to work",
    cohort="cases absent at entry that returned to work",
    counting=Spread(value=value),
    reads=OUTCOMES,
    definitions=OUTCOME_DEFINITIONS,
    window="none: the first record of a return at any checkpoint",
    polarity="lower",
    source=OWN_CHOICE,
    caveats=("Who has not returned is not in it: read it beside the share that returned.",),
)
