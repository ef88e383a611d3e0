"""Data quality: of the follow-ups that were due, those after which the work status is known."""

from collections.abc import Iterator
from datetime import date

from outcomes_service.indicators.case import Case
from outcomes_service.indicators.counting import Kind, Records
from outcomes_service.indicators.measure import DATA_QUALITY, OUTCOME_DEFINITIONS, OUTCOMES, OWN_CHOICE, Measure


def each(case: Case) -> Iterator[tuple[date, Kind]]:
    """Each checkpoint of the programme, from the close of its window; what was recorded at any time is not missing."""
    for weeks in case.followed_up:
        if closed_on := case.window_closed_on(weeks):
            yield closed_on, "k" if case.status(weeks) else "" if weeks in case.recorded else "u"


MEASURE = Measure(
    id="follow-ups-known",
    family=DATA_QUALITY,
    title="Follow-ups after which the work status is known",
    words="Follow-ups of which a work status was recorded in time and is known, of all that the scheme asks for.",
    unit="follow-up",
    numerator="follow-ups of which the work status is known",
    denominator="follow-ups that the scheme asks for and whose window has closed",
    unknown="expected and absent: nothing was recorded of the follow-up, at any time or under any definition",
    cohort="follow-ups of cases that have ended",
    counting=Records(each=each),
    needs="ended_on",
    reads=OUTCOMES,
    definitions=OUTCOME_DEFINITIONS,
    window="from 14 days before to 28 days after the day of each follow-up",
    polarity="higher",
    caveats=(
        "Who declined, was not eligible, withdrew or died is not followed up.",
        "What was recorded as unknown, or outside the window, is neither known nor absent.",
    ),
    source=OWN_CHOICE,
)
