"""What a measure is: words that say what it means, and one way of counting."""

from dataclasses import dataclass
from typing import Final, Literal

from outcomes_service.indicators.backlog import Backlog
from outcomes_service.indicators.counting import Capacity, Distinct, Notes, Records, Share, Spread, Tally
from outcomes_service.indicators.funds import Cost
from outcomes_service.indicators.lasting import Lasting
from outcomes_service.indicators.per_fact import ShareOfFacts, SpreadOfFacts
from outcomes_service.projections.facts import AnyFact, Held, Recorded

SEED: Final = ("seed",)
OUTCOME_DEFINITIONS: Final = ("seed", "ips-grow", "primary-care")
DATA_QUALITY: Final = "data-quality"
"""The family of measures that are about the data and not about the service: each scheme has them, asked or not."""

ARTICLES: Final = "the articles that the project started from"
OWN_CHOICE: Final = "our own choice"

SESSIONS: Final[frozenset[type[AnyFact]]] = frozenset({Held})
OUTCOMES: Final[frozenset[type[AnyFact]]] = frozenset({Recorded})
NOTHING_ELSE: Final[frozenset[type[AnyFact]]] = frozenset()

Unit = Literal[
    "referral", "case", "person", "practice", "host", "session", "note", "minute", "day", "week", "pound",
    "follow-up", "record", "event",
]  # fmt: skip
Need = Literal["referred_on", "first_session_on", "ended_on", "ended_absent", "ended_at_work", "ended_out_of_work"]
Reads = frozenset[type[AnyFact]]
OfCases = Share | Records | Spread | Distinct | Tally | Capacity | Lasting
Counting = OfCases | ShareOfFacts | SpreadOfFacts | Notes | Cost | Backlog


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One measure, fully declared. `family` is the name by which a scheme file asks for it; several may share one.

    `numerator`, `denominator` and `unknown` say in words what is k, n and u; None: the measure has no such count.
    `version` is of what it means: it is raised by hand, and a test fails where words or code change without it.
    `checkpoint` is the week of follow-up that it looks at: only schemes that ask then show it. `definitions` are the
    definitions of success under which it differs; a measure that asks for no work status has only `seed`, as the
    articles count. `needs` is a day of a case: before it is known the case counts in nothing here, so nobody has to
    ask. `reads` says what of a case it looks at beside the referral: what else is told of the case changes nothing.
    """

    id: str
    family: str
    title: str
    words: str
    unit: Unit
    numerator: str | None
    denominator: str | None
    cohort: str
    counting: Counting
    source: str
    version: str = "1"
    unknown: str | None = None
    needs: Need = "referred_on"
    reads: Reads = SESSIONS | OUTCOMES
    checkpoint: int | None = None
    definitions: tuple[str, ...] = SEED
    window: str | None = None
    polarity: Literal["higher", "lower"] | None = None
    caveats: tuple[str, ...] = ()
