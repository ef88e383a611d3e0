"""Data quality: events that we could not handle, which is our fault and ours to mend."""

from outcomes_service.indicators.backlog import Backlog
from outcomes_service.indicators.measure import DATA_QUALITY, OWN_CHOICE, Measure

MEASURE = Measure(
    id="parked",
    family=DATA_QUALITY,
    title="Events that are parked",
    words="Events of partners of the scheme that a gate or the read models could not handle, and those behind them.",
    unit="event",
    numerator="events that are parked",
    denominator=None,
    cohort="events of the partners that may speak for the scheme",
    counting=Backlog("parked"),
    polarity="lower",
    caveats=(
        "A partner of several schemes counts in each.",
        "As of now only, real and made-up together; none of them is in any other figure.",
    ),
    source=OWN_CHOICE,
)
