"""Stayed in work: of those at work at entry, at the end of the programme or case, and some weeks later."""

from outcomes_service.indicators.at_checkpoints import Change, measures
from outcomes_service.indicators.measure import ARTICLES

MEASURES = measures(
    Change(
        name="stayed",
        status="stayed_in_work",
        title="Stayed in work",
        whom="at work at entry",
        needs="ended_at_work",
        source=f"{ARTICLES}: staying in work while at risk of leaving it",
    )
)
