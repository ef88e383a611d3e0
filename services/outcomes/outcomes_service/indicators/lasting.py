"""How long work lasts, for cases some of which are not followed to the end: survival out of dated counts."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal, NamedTuple

from outcomes_service.indicators.case import Case
from outcomes_service.indicators.counting import Part, Sums, Values
from outcomes_service.indicators.survival import Curve, kaplan_meier
from schemes.model import Scheme

ENDED: Final = "ended-"
SEEN: Final = "seen-"


class Sight(NamedTuple):
    """One thing known of a case: from which day on it counts, how long after the start it was, and if it was over."""

    counts_from: date
    days: int
    over: bool


@dataclass(frozen=True, slots=True)
class Lasting:
    """Survival by Kaplan and Meier. `seen` gives what is known of a case, in order of time, the first when it begins.

    A case is last seen at its latest sight until a later one comes: that takes the earlier one back by -1, dated with
    its own day. So sums as of any day hold each case once, and the curve of that day comes out of them.
    `until`: the day after the start at which the figure itself is read from the curve.
    """

    seen: Callable[[Case], Iterable[Sight]]
    until: int
    of: Literal["case"] = field(default="case", init=False)

    def parts(self, subject: Case) -> Iterator[Part]:
        """`n` once; `seen-<days>` while it lasts, `ended-<days>` once it is over."""
        last: Sight | None = None
        for sight in self.seen(subject):
            if last is None:
                yield "n", sight.counts_from, 1
            else:
                yield f"{SEEN}{last.days}", sight.counts_from, -1
            yield f"{ENDED if sight.over else SEEN}{sight.days}", sight.counts_from, 1
            if sight.over:
                return
            last = sight

    def values(self, sums: Sums, _scheme: Scheme, _area: str | None, _as_of: date) -> Values:
        """`n` cases followed; `rate` is the estimate for the day `until`; `steps` the whole curve."""
        curve = curve_of(sums)
        last = curve.on(self.until)
        followed = bool(curve.steps) and curve.steps[-1].day >= self.until
        if last is None or not (followed or last.survival == 0):
            return Values(n=curve.n, steps=curve.steps)
        return Values(n=curve.n, rate=last.survival, low=last.low, high=last.high, steps=curve.steps)


def curve_of(sums: Sums) -> Curve:
    """The curve that sums of such parts make."""
    return kaplan_meier(_by_day(sums, ENDED), _by_day(sums, SEEN))


def _by_day(sums: Sums, kind: str) -> Mapping[int, int]:
    return {int(part.removeprefix(kind)): count for part, count in sums.items() if part.startswith(kind) and count}
