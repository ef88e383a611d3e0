"""Wait: days from referral to the first session."""

from datetime import date

from outcomes_service.indicators.case import Case
from outcomes_service.indicators.counting import Spread
from outcomes_service.indicators.measure import OWN_CHOICE, SESSIONS, Measure


def value(case: Case) -> tuple[date, int] | None:
    """Days waited, from the day of the first session."""
    if case.referred_on is None or case.first_session_on is None:
        return None
    return case.first_session_on, max(0, (case.first_session_on - case.referred_on).days)


MEASURE = Measure(
    id="wait-to-first-session",
    family="wait-to-first-session",
    title="Days from referral to first session",
    words="Median and 90th percentile of days from the referral to the first session held.",
    unit="day",
    numerator=None,
    denominator="referrals with a session",
    cohort="referrals with a session",
    counting=Spread(value=value),
    needs="first_session_on",
    reads=SESSIONS,
    polarity="lower",
    caveats=("Who still waits is not in it: read it beside the start rate.",),
    source=f"{OWN_CHOICE}; that a first contact comes within a week is published for one scheme",
)
