"""The ways of counting. Each turns a subject into dated parts, and sums of parts as of a day into values.

A part is dated with the day from which it counts, so that a figure as of day D is a sum of what is dated up to D, and
a window closes without anybody saying so. `k`, `n` and `u` are parts of a share; elsewhere a part is named after the
value that it counts.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from outcomes_service.indicators.case import Case
from outcomes_service.indicators.survival import Step
from outcomes_service.indicators.wilson import wilson
from outcomes_service.projections.facts import NotesCounted
from outcomes_service.projections.persons import Person
from schemes.model import Scheme, Target

Part = tuple[str, date, int]
Sums = Mapping[str, int]
Kind = Literal["k", "u", ""]  # as what one of several things counts beside n


@dataclass(frozen=True, slots=True)
class Values:
    """What a figure says. `rate` lies between `low` and `high` with 95 % confidence; `value` is in the unit.

    Were all of the `u` unknown a no, the rate would be `lowest`, were all a yes, `highest`. `steps` are of a curve.
    """

    k: int | None = None
    n: int | None = None
    u: int = 0
    rate: float | None = None
    low: float | None = None
    high: float | None = None
    lowest: float | None = None
    highest: float | None = None
    value: float | None = None
    p90: float | None = None
    steps: tuple[Step, ...] | None = None


def share(k: int, n: int, u: int = 0) -> Values:
    """k of n, u of which are unknown and counted as no."""
    if n <= 0:
        return Values(k=k, n=n, u=u)
    low, high = wilson(k, n) or (None, None)
    return Values(k=k, n=n, u=u, rate=k / n, low=low, high=high, lowest=k / n, highest=(k + u) / n)


def against(k: int, target: int | None) -> Values:
    """k against a target, which may be surpassed: no interval."""
    return Values(k=k, n=target, rate=k / target if target else None)


@dataclass(frozen=True, slots=True)
class Share:
    """k of n cases or persons. `counts` gives the day from which one is counted in n, `succeeds` in k.

    With `target`, n is what the scheme set out to reach, and a single area has none.
    """

    counts: Callable[..., date | None]
    succeeds: Callable[..., date | None]
    unknown: Callable[[Case], bool] | None = None
    of: Literal["case", "person"] = "case"
    target: Callable[[Target], int | None] | None = None

    def parts(self, subject: Case | Person) -> Iterable[Part]:
        """`n` from the day it counts, `k` from the day of success if that is later, `u` with `n`."""
        counted = self.counts(subject)
        if counted is None:
            return ()
        n, succeeded = ("n", counted, 1), self.succeeds(subject)
        if succeeded is not None:
            return n, ("k", max(counted, succeeded), 1)
        if self.unknown is not None and isinstance(subject, Case) and self.unknown(subject):
            return n, ("u", counted, 1)
        return (n,)

    def values(self, sums: Sums, scheme: Scheme, area: str | None, as_of: date) -> Values:
        """The share; against the target if the scheme set one."""
        k = sums.get("k", 0)
        if self.target is None:
            return share(k, sums.get("n", 0), sums.get("u", 0))
        return against(k, None if area else target_of(scheme, as_of, self.target))


@dataclass(frozen=True, slots=True)
class Records:
    """k of n things of which a case may have several: `each` gives the day from which one counts, and as what."""

    each: Callable[[Case], Iterable[tuple[date, Kind]]]
    of: Literal["case"] = field(default="case", init=False)

    def parts(self, subject: Case) -> Iterable[Part]:
        """`n` for each, and `k` or `u` where it is one."""
        for day, kind in self.each(subject):
            yield "n", day, 1
            if kind:
                yield kind, day, 1

    def values(self, sums: Sums, _scheme: Scheme, _area: str | None, _as_of: date) -> Values:
        """The share of them."""
        return share(sums.get("k", 0), sums.get("n", 0), sums.get("u", 0))


@dataclass(frozen=True, slots=True)
class Spread:
    """How days are spread: median and 90th percentile of what `value` gives as (day it counts from, days)."""

    value: Callable[[Case], tuple[date, int] | None]
    of: Literal["case"] = field(default="case", init=False)

    def parts(self, subject: Case) -> Iterable[Part]:
        """One part named after the number of days."""
        found = self.value(subject)
        return () if found is None else ((str(found[1]), found[0], 1),)

    def values(self, sums: Sums, _scheme: Scheme, _area: str | None, _as_of: date) -> Values:
        """`n` values, their median as `value`, and `p90`."""
        return spread(sums)


@dataclass(frozen=True, slots=True)
class Distinct:
    """How many different things `named` gives, each with a day; `goal` says what they are held against.

    `only_with_goal`: a scheme without one has no such figure.
    """

    named: Callable[[Case], Iterable[tuple[date, str]]]
    goal: Callable[[Scheme, date], int | None]
    only_with_goal: bool = False
    of: Literal["case"] = field(default="case", init=False)

    def parts(self, subject: Case) -> Iterable[Part]:
        """One part named after each thing."""
        return ((name, day, 1) for day, name in self.named(subject))

    def values(self, sums: Sums, scheme: Scheme, area: str | None, as_of: date) -> Values | None:
        """`k` different ones; of how many, for the scheme as a whole."""
        goal = self.goal(scheme, as_of)
        if goal is None and self.only_with_goal:
            return None
        return against(sum(count > 0 for count in sums.values()), None if area else goal)


@dataclass(frozen=True, slots=True)
class Tally:
    """A plain count of what `each` dates."""

    each: Callable[[Case], Iterable[date]]
    of: Literal["case"] = field(default="case", init=False)

    def parts(self, subject: Case) -> Iterable[Part]:
        """One for each."""
        return (("k", day, 1) for day in self.each(subject))

    def values(self, sums: Sums, _scheme: Scheme, _area: str | None, _as_of: date) -> Values:
        """`k` of nothing in particular: there is no denominator."""
        return Values(k=sums.get("k", 0))


@dataclass(frozen=True, slots=True)
class Capacity:
    """Minutes of sessions against the minutes of the days on which there was one."""

    of: Literal["case"] = field(default="case", init=False)

    def parts(self, subject: Case) -> Iterable[Part]:
        """Minutes under the day of the session."""
        return ((day.isoformat(), day, held.minutes) for day, held in subject.sessions)

    def values(self, sums: Sums, scheme: Scheme, _area: str | None, _as_of: date) -> Values:
        """`k` minutes held, `n` minutes of those days as the scheme's capacity had it then."""
        held = {date.fromisoformat(day): minutes for day, minutes in sums.items() if minutes > 0}
        given = [scheme.capacity_on(day) for day in held]
        return against(sum(held.values()), sum(there.advisers * there.minutes_a_day for there in given if there))


@dataclass(frozen=True, slots=True)
class Notes:
    """Fit notes: k `not_fit` of all n, from the last day of the period that they were counted in."""

    of: Literal["practice"] = field(default="practice", init=False)

    def parts(self, subject: NotesCounted) -> Iterable[Part]:
        """As many as were counted."""
        yield "k", subject.last_day, subject.not_fit
        yield "n", subject.last_day, subject.not_fit + subject.may_be_fit

    def values(self, sums: Sums, _scheme: Scheme, _area: str | None, _as_of: date) -> Values:
        """The share of `not_fit`."""
        return share(sums.get("k", 0), sums.get("n", 0))


def spread(sums: Sums) -> Values:
    """How many values (the names of parts) there are, their median, and the least that nine of ten do not exceed."""
    counted = sorted((int(value), count) for value, count in sums.items() if count > 0)
    n = sum(count for _, count in counted)
    if not n:
        return Values(n=0)
    median = (_ranked(counted, (n + 1) // 2) + _ranked(counted, n // 2 + 1)) / 2
    return Values(n=n, value=median, p90=_ranked(counted, -(-9 * n // 10)))


def target_of(scheme: Scheme, as_of: date, what: Callable[[Target], int | None]) -> int | None:
    """What the scheme set out to reach: as it stood on the day, else as it stood last before."""
    begun = [target for target in scheme.targets if target.from_ is None or target.from_ <= as_of]
    begun.sort(key=lambda target: target.from_ or date.min)
    return next((what(target) for target in reversed(begun) if what(target) is not None), None)


def _ranked(counted: Iterable[tuple[int, int]], rank: int) -> int:
    """The value at a rank, counted from 1."""
    passed = 0
    for value, count in counted:
        passed += count
        if passed >= rank:
            return value
    raise ValueError(rank)
