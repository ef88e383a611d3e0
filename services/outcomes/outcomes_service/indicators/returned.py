"""Returned to work: of those absent from work at entry, at the end of the programme or case, and some weeks later."""

from outcomes_service.indicators.at_checkpoints import Change, measures
from outcomes_service.indicators.measure import ARTICLES

MEASURES = measures(
    Change(
        name="returned",
        status="returned_to_work",
        title="Returned to work",
        whom="absent from work at entry",
        needs="ended_absent",
        source=f"{ARTICLES}: going back to a job, as another thing than finding one",
    )
)
