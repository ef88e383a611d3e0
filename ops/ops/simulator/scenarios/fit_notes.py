"""Fit notes of England: 11 million of them over every active practice, 10.23 million "not fit".

52 weekly counts a practice, or one yearly count a practice; a practice's year is the same either way.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from ops.simulator import disorder
from ops.simulator.chance import Chance
from ops.simulator.course import LONDON
from ops.simulator.partner import COUNTS, SimulatedPartner
from ops.simulator.telling import Scenario, Telling, in_order
from ops.simulator.wire import Fact, Said, fact, write

NOT_FIT: Final = 10_230_000
MAY_BE_FIT: Final = 770_000
WEEKS: Final = 52
_FIRST_DAY: Final = date(2024, 4, 1)  # a Monday
_LAST_DAY: Final = _FIRST_DAY + timedelta(weeks=WEEKS, days=-1)
_PARTNER: Final = SimulatedPartner("primary-care-counts", ("fit-notes",), COUNTS)


def spread(total: int, weights: Sequence[float]) -> list[int]:
    """`total` in whole parts as the weights say, by largest remainder; the parts add up to it exactly."""
    whole = sum(weights)
    exact = [total * weight / whole for weight in weights]
    parts = [int(part) for part in exact]
    nearest = sorted(range(len(parts)), key=lambda place: parts[place] - exact[place])
    for place in nearest[: total - sum(parts)]:
        parts[place] += 1
    return parts


class _Count(NamedTuple):
    """What one practice issued in a period."""

    code: str
    not_fit: int
    may_be_fit: int


def _tell(telling: Telling) -> Iterator[Said]:
    practices = [practice.code for practice in telling.register.england()]
    chance = Chance(telling.seed, "fit-notes", "sizes")
    sizes = [chance.lognormvariate(0, 0.5) for _ in practices]
    years = map(_Count, practices, spread(NOT_FIT, sizes), spread(MAY_BE_FIT, sizes))
    chosen = [year for number, year in enumerate(years) if telling.chooses(number)]
    if telling.yearly:
        yield from _period(telling, _FIRST_DAY, _LAST_DAY, chosen)
        return
    level = [1.0] * WEEKS
    weekly = [(year.code, spread(year.not_fit, level), spread(year.may_be_fit, level)) for year in chosen]
    for week in range(WEEKS):
        start = _FIRST_DAY + timedelta(weeks=week)
        counts = (_Count(code, not_fit[week], may_be_fit[week]) for code, not_fit, may_be_fit in weekly)
        yield from _period(telling, start, start + timedelta(days=6), counts)


def _period(telling: Telling, start: date, end: date, counts: Iterable[_Count]) -> Iterator[Said]:
    """All that is said of one period. What is late in it is late within it: a weekly year is never whole in memory."""
    return in_order(record for count in counts for record in _records(telling, start, end, count))


def _records(telling: Telling, start: date, end: date, count: _Count) -> Iterable[Said]:
    chance = Chance(telling.seed, "fit-notes", count.code, start, end)
    told = _fact(chance, start, end, count)
    return (write(told),) if telling.orderly else disorder.of_a_count(told, chance)


def _fact(chance: Chance, start: date, end: date, count: _Count) -> Fact:
    time = datetime(end.year, end.month, end.day, 18, tzinfo=LONDON) + timedelta(minutes=chance.randint(0, 300))
    data = {
        "practice": {"system": "ods", "code": count.code},
        "period": {"from": start.isoformat(), "to": end.isoformat()},
        "not_fit": count.not_fit,
        "may_be_fit": count.may_be_fit,
        "synthetic": True,
    }
    identity = chance.identity(time)
    return fact(_PARTNER.name, "fit-notes-counted", time, data, subject=f"ods:{count.code}", identity=identity)


FIT_NOTES: Final = Scenario("fit-notes", "Fit notes of every practice of England", (_PARTNER,), _tell)
