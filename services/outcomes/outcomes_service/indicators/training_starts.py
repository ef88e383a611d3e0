"""Training starts: of those who were seen, who started training."""

from datetime import date

from outcomes_service.indicators.case import Case
from outcomes_service.indicators.counting import Share
from outcomes_service.indicators.measure import OWN_CHOICE, Measure


def counts(case: Case) -> date | None:
    """From the day of the first session."""
    return case.first_session_on


def succeeds(case: Case) -> date | None:
    """From the first session with training, or the first record of it as a work status."""
    days = [day for day, held in case.sessions if "training" in held.interventions]
    entered = case.first_status_on("entered_training")
    return min([*days, *([entered] if entered else [])], default=None)


MEASURE = Measure(
    id="training-starts",
    family="training-starts",
    title="Started training",
    words="Cases with a session of training or a recorded start of it, of those with a session.",
    unit="case",
    numerator="cases with a session of training or a recorded start of it",
    denominator="cases with a session",
    cohort="cases with a session",
    counting=Share(counts=counts, succeeds=succeeds),
    needs="first_session_on",
    polarity="higher",
    caveats=("A session of training is a start, whether or not it was finished.",),
    source=OWN_CHOICE,
)
