"""Data quality: events that wait at a gate for their referral, or for the event that they correct."""

from outcomes_service.indicators.backlog import Backlog
from outcomes_service.indicators.measure import DATA_QUALITY, OWN_CHOICE, Measure

MEASURE = Measure(
    id="waiting",
    family=DATA_QUALITY,
    title="Events that wait",
    words="Events of partners of the scheme that wait at a gate for their referral or for what they correct.",
    unit="event",
    numerator="events that wait at a gate",
    denominator=None,
    cohort="events of the partners that may speak for the scheme",
    counting=Backlog("waiting"),
    polarity="lower",
    caveats=(
        "A partner of several schemes counts in each: whose a waiting event is, is known when its referral comes.",
        "As of now only, real and made-up together; none of them is in any other figure.",
    ),
    source=OWN_CHOICE,
)
