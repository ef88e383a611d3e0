"""How long work lasts after the end: Kaplan and Meier's estimate, in which who is lost from sight is censored."""

from collections.abc import Iterator

from outcomes_service.indicators.case import IN_WORK, Case
from outcomes_service.indicators.lasting import Lasting, Sight
from outcomes_service.indicators.measure import OUTCOME_DEFINITIONS, OUTCOMES, OWN_CHOICE, Measure

CHECKPOINTS = (0, 4, 13, 26, 52)
WEEK_52 = 52 * 7


def seen(case: Case) -> Iterator[Sight]:
    """Each checkpoint of which the status is known, of those in work at the end.

    It counts from the close of its window, and lies no earlier than the one before it.
    """
    ended_on, days = case.ended_on, 0
    if ended_on is None or case.status(0) not in IN_WORK:
        return
    for weeks in CHECKPOINTS:
        found, closed_on = case.found(weeks), case.window_closed_on(weeks)
        if found is None or closed_on is None:
            continue
        days = max(days, (found.on - ended_on).days)
        yield Sight(closed_on, days, over=found.status not in IN_WORK)


MEASURE = Measure(
    id="sustained-work",
    family="sustained",
    title="Still in work 52 weeks after the end, estimated",
    words="The share of those in work at the end that stays in work for 52 weeks, estimated from how long each was "
    "followed: who is lost from sight counts for as long as they were seen in work.",
    unit="case",
    numerator=None,
    denominator="cases in work at the end",
    unknown="nobody is unknown: whoever is not followed to week 52 is censored on the day they were last seen in work",
    cohort="cases in work at the end",
    counting=Lasting(seen=seen, until=WEEK_52),
    needs="ended_on",
    reads=OUTCOMES,
    checkpoint=52,
    definitions=OUTCOME_DEFINITIONS,
    window="checkpoints at the end and 4, 13, 26 and 52 weeks after it, each from 14 days before to 28 days after",
    polarity="higher",
    caveats=(
        "That work ended is dated with the day of which it was first recorded; it ended on that day or before.",
        "Who is lost from sight is taken to fare like those who are seen.",
    ),
    source="Kaplan and Meier (1958); " + OWN_CHOICE + " of the checkpoints",
)
