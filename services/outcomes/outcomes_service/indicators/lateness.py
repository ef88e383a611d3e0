"""Data quality: days from when something happened until it was accepted."""

from datetime import date

from outcomes_service.indicators.measure import DATA_QUALITY, OWN_CHOICE, Measure
from outcomes_service.indicators.per_fact import SpreadOfFacts
from outcomes_service.projections.facts import AnyFact
from servicekit.days import day_of


def value(fact: AnyFact) -> tuple[date, int]:
    """Days late, from the day on which the event was accepted."""
    accepted = day_of(fact.accepted)
    return accepted, max(0, (accepted - day_of(fact.time)).days)


MEASURE = Measure(
    id="lateness",
    family=DATA_QUALITY,
    title="Days from what happened until we had it",
    words="Median and 90th percentile of days from when something happened until its event was accepted.",
    unit="day",
    numerator=None,
    denominator="events that stand about referrals that stand",
    cohort="events accepted",
    counting=SpreadOfFacts(value=value),
    polarity="lower",
    caveats=(
        "A correction is as late as the correction came.",
        "What has not come yet is not in it: that is what waits, or is missing.",
    ),
    source=OWN_CHOICE,
)
