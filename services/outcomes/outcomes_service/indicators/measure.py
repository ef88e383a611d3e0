"""What a measure is: words that say what it means, and one way of counting."""

from dataclasses import dataclass
from typing import Final, Literal

from outcomes_service.indicators.counting import Capacity, Distinct, Notes, Share, Spread, Tally
from outcomes_service.indicators.funds import Cost

SEED: Final = ("seed",)
OUTCOME_DEFINITIONS: Final = ("seed", "ips-grow", "primary-care")
Unit = Literal["referral", "case", "person", "practice", "host", "session", "note", "minute", "day", "week", "pound"]
Need = Literal["referred_on", "first_session_on", "ended_on"]
Counting = Share | Spread | Distinct | Tally | Capacity | Notes | Cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One measure. `family` is the name by which a scheme file asks for it; several measures may share one.

    `definitions` are the definitions of success under which it differs; a measure that asks for no work status has
    only `seed`, as the articles count. `needs` is a day of a case: before it is known the case counts in nothing here,
    so nobody has to ask.
    """

    id: str
    family: str
    title: str
    words: str
    unit: Unit
    cohort: str
    counting: Counting
    needs: Need = "referred_on"
    definitions: tuple[str, ...] = SEED
    window: str | None = None
    polarity: Literal["higher", "lower"] | None = None
    caveats: tuple[str, ...] = ()
    source: str = "domain: indicators"
