"""Capacity used: minutes of sessions of the minutes of the days on which there was one."""

from outcomes_service.indicators.counting import Capacity
from outcomes_service.indicators.measure import Measure

MEASURE = Measure(
    id="capacity-used",
    family="capacity-used",
    title="Capacity used",
    words="Minutes of sessions held, of the advisers' minutes on the days on which a session was held.",
    unit="minute",
    cohort="days with a session",
    counting=Capacity(),
    needs="first_session_on",
    caveats=("Days without any session are not seen.", "Preparation and letters are work too, and not in it."),
)
