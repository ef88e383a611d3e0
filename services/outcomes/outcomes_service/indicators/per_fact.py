"""Ways of counting in which each fact of a case counts by itself: what others say of the case changes nothing of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from outcomes_service.indicators.counting import Part, Sums, Values, share, spread
from outcomes_service.projections.facts import AnyFact
from schemes.model import Scheme


@dataclass(frozen=True, slots=True)
class SpreadOfFacts:
    """How what `value` gives of each fact, as (day it counts from, number), is spread: median and 90th percentile."""

    value: Callable[[AnyFact], tuple[date, int]]
    of: Literal["fact"] = field(default="fact", init=False)

    def parts(self, fact: AnyFact, _scheme: Scheme) -> Iterable[Part]:
        """One part named after the number."""
        day, number = self.value(fact)
        return ((str(number), day, 1),)

    def values(self, sums: Sums, _scheme: Scheme, _area: str | None, _as_of: date) -> Values:
        """`n` values, their median as `value`, and `p90`."""
        return spread(sums)


@dataclass(frozen=True, slots=True)
class ShareOfFacts:
    """k of n facts: `counts` gives the day from which a fact is one of n, `is_k` whether it is one of k."""

    counts: Callable[[AnyFact], date | None]
    is_k: Callable[[AnyFact, Scheme], bool]
    of: Literal["fact"] = field(default="fact", init=False)

    def parts(self, fact: AnyFact, scheme: Scheme) -> Iterable[Part]:
        """`n`, and `k` from the same day."""
        counted = self.counts(fact)
        if counted is None:
            return ()
        n = ("n", counted, 1)
        return (n, ("k", counted, 1)) if self.is_k(fact, scheme) else (n,)

    def values(self, sums: Sums, _scheme: Scheme, _area: str | None, _as_of: date) -> Values:
        """The share of them."""
        return share(sums.get("k", 0), sums.get("n", 0))
