"""Capacity used: minutes of sessions of the minutes of the days on which there was one."""

from outcomes_service.indicators.counting import Capacity
from outcomes_service.indicators.measure import ARTICLES, SESSIONS, Measure

MEASURE = Measure(
    id="capacity-used",
    family="capacity-used",
    title="Capacity used",
    words="Minutes of sessions held, of the advisers' minutes on the days on which a session was held.",
    unit="minute",
    numerator="minutes of sessions held",
    denominator="minutes that the scheme's advisers had on those days",
    cohort="days with a session",
    counting=Capacity(),
    needs="first_session_on",
    reads=SESSIONS,
    caveats=("Days without any session are not seen.", "Preparation and letters are work too, and not in it."),
    source=f"{ARTICLES}: sessions of 50 minutes, one day a week",
)
