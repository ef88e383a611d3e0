"""How long something lasts, when for some it is only known that it had not ended yet: Kaplan and Meier (1958)."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Final

from outcomes_service.indicators.wilson import Z

_HALF: Final = 0.5 + 1e-12  # a product of fractions that is one half may come out a little above it


@dataclass(frozen=True, slots=True)
class Step:
    """One day on which something ended, or was lost sight of. `survival` is the share that lasts beyond the day.

    `low` and `high` are None where the interval has no meaning: when nobody is left, Greenwood's variance is undefined.
    """

    day: int
    at_risk: int
    events: int
    censored: int
    survival: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve that starts at 1 on day 0. `median` is the first day by which half have ended; None: not reached."""

    n: int
    events: int
    steps: tuple[Step, ...]
    median: int | None

    def on(self, day: int) -> Step | None:
        """The last step up to a day; None: nothing happened until then. After the last step nothing is known."""
        return next((step for step in reversed(self.steps) if step.day <= day), None)


def kaplan_meier(events: Mapping[int, int], censored: Mapping[int, int]) -> Curve:
    """The curve from counts by day since the start: how many ended, how many were last seen not to have ended.

    Who is censored on a day was still at risk on it. The 95 % interval is Greenwood's exponential formula (log-log of
    the survival; Kalbfleisch and Prentice 1980): it stays within 0 and 1, as the plain formula does not.
    """
    counts = (*events.values(), *censored.values())
    days = sorted(day for day in {*events, *censored} if events.get(day, 0) or censored.get(day, 0))
    if min((*counts, *days), default=0) < 0:
        raise ValueError("days and counts are 0 or more")
    at_risk, survival, spread = sum(counts), 1.0, 0.0
    steps: list[Step] = []
    for day in days:
        ended, lost = events.get(day, 0), censored.get(day, 0)
        remaining = at_risk - ended
        survival *= remaining / at_risk
        spread += ended / (at_risk * remaining) if remaining else 0.0
        low, high = _interval(survival, spread) if remaining else (None, None)
        steps.append(Step(day, at_risk, ended, lost, survival, low, high))
        at_risk = remaining - lost
    median = next((step.day for step in steps if step.survival <= _HALF), None)
    return Curve(sum(counts), sum(events.values()), tuple(steps), median)


def _interval(survival: float, spread: float) -> tuple[float, float]:
    """Bounds with 95 % confidence; `spread` is Greenwood's sum of d / (n (n - d))."""
    if not spread:
        return 1.0, 1.0
    hazard = log(survival)
    reach = Z * sqrt(spread) / hazard
    return exp(hazard * exp(-reach)), exp(hazard * exp(reach))
