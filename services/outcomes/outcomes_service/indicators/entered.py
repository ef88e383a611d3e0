"""Entered work: of those out of work at entry, at the end of the programme or case, and some weeks later."""

from outcomes_service.indicators.at_checkpoints import Change, measures
from outcomes_service.indicators.measure import ARTICLES

MEASURES = measures(
    Change(
        name="entered",
        status="entered_work",
        title="Entered work",
        whom="out of work at entry",
        needs="ended_out_of_work",
        source=f"{ARTICLES}: finding a job, as another thing than going back to one",
    )
)
