"""Reach: how many persons were seen, against the target."""

from outcomes_service.indicators.counting import Share
from outcomes_service.indicators.measure import Measure
from outcomes_service.indicators.users import counts, succeeds

MEASURE = Measure(
    id="reach-people",
    family="reach-people",
    title="People reached",
    words="Persons with at least one session held, against the number that the scheme set out to reach.",
    unit="person",
    cohort="the people of the target",
    counting=Share(counts=counts, succeeds=succeeds, of="person", target=lambda target: target.people),
)
