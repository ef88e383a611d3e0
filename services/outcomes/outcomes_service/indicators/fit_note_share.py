"""Fit notes: how many say not fit for work, rather than that the person may be fit with support."""

from outcomes_service.indicators.counting import Notes
from outcomes_service.indicators.measure import Measure

MEASURE = Measure(
    id="fit-note-share",
    family="fit-note-share",
    title="Fit notes that say not fit for work",
    words="Notes that say not fit for work, of all fit notes issued by practices of the scheme's country.",
    unit="note",
    cohort="fit notes issued",
    counting=Notes(),
)
