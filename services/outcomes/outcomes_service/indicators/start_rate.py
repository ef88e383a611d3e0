"""Start rate: of all referrals, those with a first session."""

from datetime import date

from outcomes_service.indicators.case import Case
from outcomes_service.indicators.counting import Share
from outcomes_service.indicators.measure import OWN_CHOICE, SESSIONS, Measure


def counts(case: Case) -> date | None:
    """From the day of the referral."""
    return case.referred_on


def succeeds(case: Case) -> date | None:
    """From the day of the first session."""
    return case.first_session_on


MEASURE = Measure(
    id="start-rate",
    family="start-rate",
    title="Started",
    words="Referrals with at least one session held, of all referrals made.",
    unit="referral",
    numerator="referrals with a session held",
    denominator="all referrals made",
    cohort="referrals made",
    counting=Share(counts=counts, succeeds=succeeds),
    reads=SESSIONS,
    polarity="higher",
    caveats=("Recent referrals may still start.",),
    source=OWN_CHOICE,
)
