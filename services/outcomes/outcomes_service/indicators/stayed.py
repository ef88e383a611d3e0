"""Stayed in work: of those at work at entry, at the end of the programme or case."""

from datetime import date

from outcomes_service.indicators.case import Case
from outcomes_service.indicators.counting import Share
from outcomes_service.indicators.measure import OUTCOME_DEFINITIONS, Measure


def counts(case: Case) -> date | None:
    """Those at work at entry, from the close of the window around the end."""
    return case.window_closed_on(0) if case.group == "at_work" else None


def succeeds(case: Case) -> date | None:
    """Stayed in work at the end."""
    return case.window_closed_on(0) if case.status(0) == "stayed_in_work" else None


def unknown(case: Case) -> bool:
    """No status was recorded for the end, or it is not known."""
    return case.status(0) is None


MEASURE = Measure(
    id="stayed",
    family="stayed",
    title="Stayed in work",
    words="Cases recorded as `stayed_in_work` at the end, of those at work at entry; unknown counts as no.",
    unit="case",
    cohort="cases at work at entry that have ended",
    counting=Share(counts=counts, succeeds=succeeds, unknown=unknown),
    needs="ended_on",
    definitions=OUTCOME_DEFINITIONS,
    window="from 14 days before to 28 days after the end of the programme, else of the case",
    polarity="higher",
)
