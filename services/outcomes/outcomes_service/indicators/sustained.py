"""Sustained work: of those in work at the end, still in work after 13, 26 and 52 weeks."""

from datetime import date

from outcomes_service.indicators.case import IN_WORK, Case
from outcomes_service.indicators.counting import Share
from outcomes_service.indicators.measure import OUTCOME_DEFINITIONS, Measure


def _measure(weeks: int) -> Measure:
    def counts(case: Case) -> date | None:
        return case.window_closed_on(weeks) if case.status(0) in IN_WORK else None

    def succeeds(case: Case) -> date | None:
        return case.window_closed_on(weeks) if case.status(weeks) in IN_WORK else None

    def unknown(case: Case) -> bool:
        return case.status(weeks) is None

    return Measure(
        id=f"sustained-{weeks}",
        family="sustained",
        title=f"In work after {weeks} weeks",
        words=f"Cases in work {weeks} weeks after the end, of those in work at the end; unknown counts as no.",
        unit="case",
        cohort="cases in work at the end",
        counting=Share(counts=counts, succeeds=succeeds, unknown=unknown),
        needs="ended_on",
        definitions=OUTCOME_DEFINITIONS,
        window=f"from {weeks - 2} to {weeks + 4} weeks after the end of the programme, else of the case",
        polarity="higher",
    )


MEASURES = (_measure(13), _measure(26), _measure(52))
