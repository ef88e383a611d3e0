"""What the three measures of a change in work share: one status at a checkpoint, of one group at entry."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from outcomes_service.indicators.case import Case
from outcomes_service.indicators.counting import Share
from outcomes_service.indicators.measure import OUTCOME_DEFINITIONS, OUTCOMES, Measure, Need

WEEKS: Final = (0, 13, 26, 52)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change in work: its `status` as recorded, and `whom` it can happen to, whose end `needs` names."""

    name: str
    status: str
    title: str
    whom: str
    needs: Need
    source: str


def measures(change: Change) -> tuple[Measure, ...]:
    """The measure at the end, and the same some weeks after it."""
    return tuple(_measure(weeks, change) for weeks in WEEKS)


def _measure(weeks: int, change: Change) -> Measure:
    def counts(case: Case) -> date | None:
        return case.window_closed_on(weeks) if getattr(case, change.needs) else None

    def succeeds(case: Case) -> date | None:
        return case.window_closed_on(weeks) if case.status(weeks) == change.status else None

    def unknown(case: Case) -> bool:
        return case.status(weeks) is None

    name, status, whom = change.name, change.status, change.whom
    when = f"{weeks} weeks after the end" if weeks else "at the end"
    from_to = f"{weeks - 2} to {weeks + 4} weeks after" if weeks else "14 days before to 28 days after"
    return Measure(
        id=f"{name}-{weeks}" if weeks else name,
        family=name,
        title=f"{change.title}, {weeks} weeks after the end" if weeks else change.title,
        words=f"Cases recorded as `{status}` {when}, of those {whom}; unknown counts as no.",
        unit="case",
        numerator=f"cases recorded as `{status}` {when}",
        denominator=f"cases {whom} that have ended and whose window has closed",
        unknown=f"no status was recorded for {when} within its window, or it was recorded as unknown",
        cohort=f"cases {whom} that have ended",
        counting=Share(counts=counts, succeeds=succeeds, unknown=unknown),
        needs=change.needs,
        reads=OUTCOMES,
        checkpoint=weeks or None,
        definitions=OUTCOME_DEFINITIONS,
        window=f"from {from_to} the end of the programme, else of the case",
        polarity="higher",
        caveats=("No other group can have this status: what is recorded of others is told by the data quality.",),
        source=change.source,
    )
