"""Reach: how many persons were seen, against the target."""

from outcomes_service.indicators.counting import Share
from outcomes_service.indicators.measure import ARTICLES, Measure
from outcomes_service.indicators.users import counts, succeeds

MEASURE = Measure(
    id="reach-people",
    family="reach-people",
    title="People reached",
    words="Persons with at least one session held, against the number that the scheme set out to reach.",
    unit="person",
    numerator="persons with a session held",
    denominator="persons whom the scheme set out to reach",
    cohort="the people of the target",
    counting=Share(counts=counts, succeeds=succeeds, of="person", target=lambda target: target.people),
    caveats=("A target is no sample: there is no interval, and it may be surpassed.",),
    source=f"{ARTICLES}: 4,000 people as the target",
)
