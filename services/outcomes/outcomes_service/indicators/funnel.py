"""Funnel plot limits: how far a share strays from the pooled one by chance alone, by how many it is counted over.

Source: Spiegelhalter (2005), Funnel plots for comparing institutional performance, appendix A.1: exact binomial limits
around the pooled share, interpolated between whole counts so that they run smoothly. Nothing is added for differences
in who is helped (over-dispersion): a share may lie outside and still say nothing of the service.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import exp, lgamma, log, sqrt
from typing import Final, Literal

Position = Literal["within", "above_95", "below_95", "above_998", "below_998"]
TAILS: Final = (0.001, 0.025, 0.975, 0.999)  # both sides of 99.8 % and of 95 %
_FAR: Final = 15  # standard deviations beyond which nothing of a tail of 0.001 is left


@dataclass(frozen=True, slots=True)
class Limits:
    """Between which a share over `n` lies by chance with 95 % and 99.8 % probability."""

    n: int
    low_998: float
    low_95: float
    high_95: float
    high_998: float

    def position(self, share: float) -> Position:
        """Where a share lies. On a limit is within it."""
        if share > self.high_95:
            return "above_998" if share > self.high_998 else "above_95"
        if share < self.low_95:
            return "below_998" if share < self.low_998 else "below_95"
        return "within"


def pooled(counts: Iterable[tuple[int, int]]) -> float | None:
    """The share of all k of all n; None if nothing is counted."""
    of_all = list(counts)
    n = sum(count[1] for count in of_all)
    return sum(count[0] for count in of_all) / n if n else None


def limits(share: float, n: int) -> Limits:
    """The limits around the pooled share for a unit with a denominator of `n`, which is 1 or more."""
    if n < 1 or not 0 <= share <= 1:
        raise ValueError("a share of nothing has no limits")
    if share in (0, 1):
        return Limits(n, share, share, share, share)
    wanted, found = list(TAILS), list[float]()
    below = 0.0
    for count, probability in _probabilities(share, n):
        upto = below + probability
        while wanted and upto > wanted[0]:
            found.append((count - (upto - wanted.pop(0)) / probability) / n)
        below = upto
        if not wanted:
            break
    low_998, low_95, high_95, high_998 = (min(1.0, max(0.0, limit)) for limit in found)
    return Limits(n, low_998, low_95, high_95, high_998)


def placed(share: float, k: int, n: int, rounded_by: int = 0) -> Position:
    """Where k of n lies around the pooled share.

    Of counts published to the nearest so many (`rounded_by` is how far off each may be), the mildest place that they
    allow is said: rounding must not put anybody outside.
    """
    sizes = sorted({max(1, n - rounded_by), n, n + rounded_by})
    could_be = {
        around.position(min(max(0, k + off), around.n) / around.n)
        for around in (limits(share, size) for size in sizes)
        for off in range(-rounded_by, rounded_by + 1)
    }
    return min(could_be, key=_MILDNESS.index)


_MILDNESS: Final[tuple[Position, ...]] = ("within", "above_95", "below_95", "above_998", "below_998")


def _probabilities(share: float, n: int) -> Iterator[tuple[int, float]]:
    """Each count that may come out of n with its binomial probability, from far below the mean upwards."""
    count = max(0, int(n * share - _FAR * sqrt(n * share * (1 - share)) - _FAR))
    chances = lgamma(n + 1) - lgamma(count + 1) - lgamma(n - count + 1)
    probability = exp(chances + count * log(share) + (n - count) * log(1 - share))
    while count <= n:
        yield count, probability
        probability *= (n - count) / (count + 1) * share / (1 - share)
        count += 1
