"""Fit notes: how many say not fit for work, rather than that the person may be fit with support."""

from outcomes_service.indicators.counting import Notes
from outcomes_service.indicators.measure import ARTICLES, Measure

MEASURE = Measure(
    id="fit-note-share",
    family="fit-note-share",
    title="Fit notes that say not fit for work",
    words="Notes that say not fit for work, of all fit notes issued by practices of the scheme's country.",
    unit="note",
    numerator="fit notes that say not fit for work",
    denominator="all fit notes issued",
    cohort="fit notes issued",
    counting=Notes(),
    caveats=("Notes are counted, not people: one person may have many.",),
    source=f"{ARTICLES}: 93 % of 11 million",
)
