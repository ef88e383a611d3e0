"""Reach: at how many of the scheme's sites sessions have been held."""

from collections.abc import Iterator
from datetime import date

from outcomes_service.indicators.case import Case
from outcomes_service.indicators.counting import Distinct
from outcomes_service.indicators.measure import ARTICLES, SESSIONS, Measure
from schemes.model import Scheme


def hosts(case: Case) -> Iterator[tuple[date, str]]:
    """The sites at which sessions were held."""
    return ((day, held.site) for day, held in case.sessions if held.site)


def sites(scheme: Scheme, _as_of: date) -> int | None:
    """How many sites the scheme has."""
    return sum(site.number for site in scheme.sites) or None


MEASURE = Measure(
    id="reach-hosts",
    family="reach-hosts",
    title="Host sites with a session",
    words="Different sites at which a session was held, of the sites of the scheme.",
    unit="host",
    numerator="different sites with a session held",
    denominator="sites of the scheme",
    cohort="the sites of the scheme",
    counting=Distinct(named=hosts, goal=sites),
    needs="first_session_on",
    reads=SESSIONS,
    caveats=("A site is counted as the events name it.",),
    source=f"{ARTICLES}: more than 80 host surgeries",
)
