"""Data quality: referrals of people for whom the scheme is not meant, as far as the referral says."""

from datetime import date

from outcomes_service.indicators.measure import DATA_QUALITY, OWN_CHOICE, Measure
from outcomes_service.indicators.per_fact import ShareOfFacts
from outcomes_service.projections.facts import AnyFact, Referred
from schemes.model import Scheme
from schemes.rules import entry_group
from servicekit.days import day_of


def counts(fact: AnyFact) -> date | None:
    """A referral, from its day."""
    return day_of(fact.time) if type(fact) is Referred else None


def does_not_fit(fact: AnyFact, scheme: Scheme) -> bool:
    """Whether the group at entry or the main barrier is none of those that the scheme names for the area and day."""
    if type(fact) is not Referred:
        return False
    meant = scheme.eligibility_on(fact.area, day_of(fact.time))
    if meant is None:
        return False
    groups, barriers = meant.entry_groups, meant.main_barriers
    group, barrier = entry_group(fact.status, fact.absence), fact.main_barrier or "not_recorded"
    return (bool(groups) and group not in groups) or (bool(barriers) and barrier not in barriers)


MEASURE = Measure(
    id="referrals-not-eligible",
    family=DATA_QUALITY,
    title="Referrals outside whom the scheme is meant for",
    words="Referrals whose group at entry or main barrier is none of those that the scheme is meant for, of all.",
    unit="referral",
    numerator="referrals whose group at entry or main barrier does not fit the scheme",
    denominator="all referrals made",
    cohort="referrals made",
    counting=ShareOfFacts(counts=counts, is_k=does_not_fit),
    caveats=(
        "Never a reason to refuse a referral: whether somebody fits is for the provider to say.",
        "The size of an employer is not looked at.",
    ),
    source=OWN_CHOICE,
)
