"""Data quality: work statuses that were recorded and count in no measure, because they do not fit."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from outcomes_service.indicators.case import Case
from outcomes_service.indicators.counting import Kind, Records
from outcomes_service.indicators.measure import DATA_QUALITY, OUTCOMES, OWN_CHOICE, Measure
from outcomes_service.projections.facts import Recorded
from outcomes_service.projections.journeys import WINDOW_CLOSES, WINDOW_OPENS

ONLY_OF: Final = {"entered_work": "out_of_work", "returned_to_work": "absent", "stayed_in_work": "at_work"}
"""The group at entry that alone can have a status."""


def each(case: Case) -> Iterator[tuple[date, Kind]]:
    """Each work status recorded, of the day that it is about."""
    for said in case.recorded.values():
        for fact in said:
            yield fact.on, "" if _fits(fact, case) else "k"


def _fits(fact: Recorded, case: Case) -> bool:
    """Whether somebody of this group can have it, the scheme shows its definition, and it lies in its window."""
    if case.group != ONLY_OF.get(fact.status or "", case.group) or fact.definition not in case.scheme.definitions:
        return False
    if case.ended_on is None or fact.checkpoint is None:
        return True
    due = case.ended_on + timedelta(weeks=fact.checkpoint)
    return due + WINDOW_OPENS <= fact.on <= due + WINDOW_CLOSES


MEASURE = Measure(
    id="statuses-not-fitting",
    family=DATA_QUALITY,
    title="Work statuses that do not fit",
    words="Work statuses that no measure counts: of a group at entry that cannot have them, outside the window of "
    "their checkpoint, or under a definition that the scheme does not show; of all that were recorded.",
    unit="record",
    numerator="work statuses recorded that do not fit",
    denominator="work statuses recorded",
    cohort="work statuses recorded",
    counting=Records(each=each),
    reads=OUTCOMES,
    window="none: each work status from the day that it is about",
    polarity="lower",
    caveats=(
        "What does not fit is true all the same: it is kept, and counted nowhere else.",
        "Before the end of a programme or case no window is known, and nothing lies outside it.",
    ),
    source=OWN_CHOICE,
)
