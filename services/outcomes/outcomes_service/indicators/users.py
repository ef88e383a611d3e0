"""Users: persons with at least one session."""

from datetime import date

from outcomes_service.indicators.counting import Share
from outcomes_service.indicators.measure import ARTICLES, Measure
from outcomes_service.projections.persons import Person


def counts(person: Person) -> date:
    """From the day of the first referral."""
    return person.referred_on


def succeeds(person: Person) -> date | None:
    """From the day of the first session."""
    return person.first_session_on


MEASURE = Measure(
    id="users",
    family="users",
    title="People who used the service",
    words="Persons with at least one session held, of all persons referred.",
    unit="person",
    numerator="persons with a session held",
    denominator="persons referred",
    cohort="persons referred to the scheme",
    counting=Share(counts=counts, succeeds=succeeds, of="person"),
    caveats=("A person is one within a scheme and partner; across schemes only referrals are added up.",),
    source=f"{ARTICLES}: people who used the service",
)
