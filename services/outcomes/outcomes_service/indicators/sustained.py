"""Sustained work: of those in work at the end, still in work after 13, 26 and 52 weeks.

Beside the share in which unknown counts as no stands the same of those alone of whom it is known.
"""

from datetime import date

from outcomes_service.indicators.case import IN_WORK, Case
from outcomes_service.indicators.counting import Share
from outcomes_service.indicators.measure import OUTCOME_DEFINITIONS, OUTCOMES, OWN_CHOICE, Measure

SOURCE = f"{OWN_CHOICE} of the checkpoints, which are those of published programmes"


def _measure(weeks: int, *, known_only: bool) -> Measure:
    def counts(case: Case) -> date | None:
        if case.status(0) not in IN_WORK or (known_only and case.status(weeks) is None):
            return None
        return case.window_closed_on(weeks)

    def succeeds(case: Case) -> date | None:
        return case.window_closed_on(weeks) if case.status(weeks) in IN_WORK else None

    def unknown(case: Case) -> bool:
        return case.status(weeks) is None

    whom = "cases in work at the end" + (" of which the status is known" if known_only else "")
    return Measure(
        id=f"sustained-{weeks}-known" if known_only else f"sustained-{weeks}",
        family="sustained",
        title=f"In work after {weeks} weeks" + (", of those known" if known_only else ""),
        words=f"Cases in work {weeks} weeks after the end, of {whom}"
        + ("; who is unknown is left out." if known_only else "; unknown counts as no."),
        unit="case",
        numerator=f"cases in work {weeks} weeks after the end",
        denominator=f"{whom}, once the window has closed",
        unknown=None
        if known_only
        else f"no status was recorded for {weeks} weeks within its window, or it was recorded as unknown",
        cohort=whom,
        counting=Share(counts=counts, succeeds=succeeds, unknown=None if known_only else unknown),
        needs="ended_on",
        reads=OUTCOMES,
        checkpoint=weeks,
        definitions=OUTCOME_DEFINITIONS,
        window=f"from {weeks - 2} to {weeks + 4} weeks after the end of the programme, else of the case",
        polarity="higher",
        caveats=("Who answers is more often in work than who does not: it flatters.",)
        if known_only
        else ("Who cannot be reached counts as no: the truth lies between the bounds.",),
        source=SOURCE,
    )


MEASURES = tuple(_measure(weeks, known_only=known_only) for weeks in (13, 26, 52) for known_only in (False, True))
