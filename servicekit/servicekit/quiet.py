"""Whether somebody who is silent is expected to be: judged from what was accepted, in working time. Pure.

For each partner and event type there is an expected gap: said by an operator, else learnt from its own history. After
one gap without anything accepted it is late, after two it is silent, which is the only state that wakes anybody.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from math import ceil, log, sqrt
from statistics import median_low
from typing import Final, Literal

from servicekit.working_time import MINUTES_A_WEEK, Calendar

State = Literal["not known", "speaking", "quiet as expected", "late", "silent"]
WORST: Final[tuple[State, ...]] = ("silent", "late", "speaking", "quiet as expected", "not known")
"""The states, the one to look at first foremost."""

UNTIL_SILENT: Final = 2  # expected gaps
NEVER: Final = 0  # an expected gap that says: it may be as quiet as it likes
_HOUR: Final = 60
_HOURS_A_WEEK: Final = MINUTES_A_WEEK // _HOUR
_FEWEST_WEEKS, _MOST_WEEKS = 4, 26  # of history: a month to know somebody by, half a year so that habits may change
_ONE_FALSE_ALARM_IN_YEARS: Final = 100  # of one partner and event type: of fifty of them, one in two years
_WEEKS_A_YEAR: Final = 50
_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Heard:
    """What was accepted of one event type of a partner: when last, in which clock hours, how many each day."""

    last_at: datetime
    hours: Sequence[datetime] = ()
    days: Mapping[date, int] | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """How it stands, and since when. `gap_minutes` are of working time; None: nobody knows what to expect.

    `silent_at`: when it will be called silent, or was, if nothing comes.
    """

    state: State
    since: datetime | None = None
    gap_minutes: int | None = None
    learnt: bool = False
    silent_at: datetime | None = None


def judge(heard: Heard | None, said_minutes: int | None, calendar: Calendar, now: datetime) -> Verdict:
    """How it stands with what was accepted until `now`; `said_minutes` is the expected gap that somebody set."""
    if heard is None:
        return Verdict("not known")
    gap = learnt_gap(heard.hours, calendar) if said_minutes is None else said_minutes
    if not gap:
        return Verdict("not known" if gap is None else "quiet as expected", heard.last_at)
    last = calendar.minutes(heard.last_at)
    late, silent = calendar.instant(last + gap), calendar.instant(last + UNTIL_SILENT * gap)
    passed = calendar.minutes(now) - last
    learnt = said_minutes is None
    if passed >= UNTIL_SILENT * gap:
        return Verdict("silent", silent, gap, learnt, silent)
    if passed >= gap:
        return Verdict("late", late, gap, learnt, silent)
    return Verdict("speaking" if calendar.is_open(now) else "quiet as expected", heard.last_at, gap, learnt, silent)


def learnt_gap(hours: Iterable[datetime], calendar: Calendar) -> int | None:
    """The expected gap in minutes that follows from the clock hours in which something came; None: too few of them.

    Hours of working time in which something comes are taken for chance events of one probability. What is needed of it
    is a lower bound, as a partner that is thought livelier than it is would be thought silent:
    - a week counts for no more than the median week, so that a backfill of years is one odd week among many;
    - of the count that remains, the bound of its square root, whose standard deviation is a half whatever the count.
    Two gaps are so long that chance alone makes one in a hundred years.
    """
    spoken = sorted({_working_hour(calendar, hour) for hour in hours})
    if not spoken:
        return None
    last = spoken[-1]
    weeks = min((last - spoken[0] + 1) // _HOURS_A_WEEK, _MOST_WEEKS)
    if weeks < _FEWEST_WEEKS:
        return None
    a_week = [0] * weeks
    for hour in spoken:
        if (week := (last - hour) // _HOURS_A_WEEK) < weeks:
            a_week[week] += 1
    typical = median_low(a_week)
    counted = sum(min(count, typical) for count in a_week)
    share = max(sqrt(counted) - 1, 0) ** 2 / (weeks * _HOURS_A_WEEK)
    if share == 0:
        return None
    gaps = share * _HOURS_A_WEEK * _WEEKS_A_YEAR * _ONE_FALSE_ALARM_IN_YEARS
    until_silent = log(gaps) / -log(1 - share)
    return max(ceil(until_silent * _HOUR / UNTIL_SILENT), _HOUR)


@lru_cache(maxsize=50_000)  # every partner speaks in the same hours: half a year of them has four thousand
def _working_hour(calendar: Calendar, hour: datetime) -> int:
    return calendar.minutes(hour) // _HOUR


def usual_a_week(days: Mapping[date, int]) -> int | None:
    """How many came in the middle one of its weeks up to the last that came; None: it is known for less than one."""
    if not days or max(days) - min(days) + timedelta(days=1) < _WEEK:
        return None
    last = max(days)
    weeks = min(((last - min(days)).days + 1) // 7, _MOST_WEEKS)
    a_week = [0] * weeks
    for day, count in days.items():
        if (week := (last - day).days // 7) < weeks:
            a_week[week] += count
    return median_low(a_week)
