"""Contacts: advice given, with or without a case."""

from collections.abc import Iterator
from datetime import date

from outcomes_service.indicators.case import Case
from outcomes_service.indicators.counting import Tally
from outcomes_service.indicators.measure import OWN_CHOICE, SESSIONS, Measure


def each(case: Case) -> Iterator[date]:
    """The day of every session."""
    return (day for day, _ in case.sessions)


MEASURE = Measure(
    id="contacts",
    family="contacts",
    title="Contacts",
    words="Sessions held, advice calls included.",
    unit="session",
    numerator="sessions held",
    denominator=None,
    cohort="sessions held",
    counting=Tally(each=each),
    needs="first_session_on",
    reads=SESSIONS,
    caveats=("Nothing is said of whom: somebody advised twice is two contacts.",),
    source=OWN_CHOICE,
)
