"""Contacts: advice given, with or without a case."""

from collections.abc import Iterator
from datetime import date

from outcomes_service.indicators.case import Case
from outcomes_service.indicators.counting import Tally
from outcomes_service.indicators.measure import Measure


def each(case: Case) -> Iterator[date]:
    """The day of every session."""
    return (day for day, _ in case.sessions)


MEASURE = Measure(
    id="contacts",
    family="contacts",
    title="Contacts",
    words="Sessions held, advice calls included.",
    unit="session",
    cohort="sessions held",
    counting=Tally(each=each),
    needs="first_session_on",
)
