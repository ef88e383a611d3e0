"""Quiet or broken, over a simulated clock: nobody is woken by chance, a holiday or a backfill, only by silence."""

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from servicekit.quiet import NEVER, Heard, Verdict, judge, learnt_gap, usual_a_week
from servicekit.working_time import MINUTES_A_DAY, Calendar

LONDON = ZoneInfo("Europe/London")
ENGLAND, SCOTLAND = Calendar(frozenset({"england"})), Calendar(frozenset({"scotland"}))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SEEDS = range(5)
BEGINS = datetime(2026, 9, 1, tzinfo=UTC)  # ninety days and more from here hold St Andrew's, Christmas and the new year


def by_chance(a_day: float, seed: int, calendar: Calendar, days: int = 90) -> list[datetime]:
    """So many events on a working day, each at any time of it, independent of every other: as irregular as can be."""
    draw, passed, events = random.Random(seed), calendar.minutes(BEGINS), list[datetime]()
    while not events or events[-1] < BEGINS + days * DAY:
        passed += draw.expovariate(a_day / MINUTES_A_DAY)
        events.append(calendar.instant(round(passed)))
    return events[:-1]


def twice_a_day(seed: int, calendar: Calendar, days: int = 90) -> list[datetime]:
    """One event each morning and one each afternoon, at any time of it."""
    draw, events = random.Random(seed), list[datetime]()
    for n in range(days):
        day = (BEGINS + n * DAY).date()
        if calendar.is_working(day):
            opens = datetime.combine(day, time(8), LONDON)
            events += [opens + timedelta(minutes=half + draw.randrange(300)) for half in (0, 300)]
    return events


class Told:
    """What a service knows that was told these events one after the other."""

    def __init__(self) -> None:
        self.hours: dict[datetime, None] = {}
        self.last: datetime | None = None

    def take(self, event: datetime) -> None:
        self.last = event
        self.hours[event.replace(minute=0, second=0, microsecond=0)] = None

    def judged(self, said: int | None, calendar: Calendar, now: datetime) -> Verdict:
        heard = None if self.last is None else Heard(self.last, tuple(self.hours))
        return judge(heard, said, calendar, now)


def followed(events: Iterable[datetime], said: int | None, calendar: Calendar, until: datetime) -> Iterator[Verdict]:
    """The verdict of every sixth hour, at night and on holidays too; the clock is simulated."""
    told, coming, now = Told(), iter(events), BEGINS
    event = next(coming, None)
    while now < until:
        while event is not None and event <= now:
            told.take(event)
            event = next(coming, None)
        yield told.judged(said, calendar, now)
        now += 6 * HOUR


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("calendar", [ENGLAND, SCOTLAND], ids=["england", "scotland"])
def test_two_events_a_day_by_chance_raise_no_alarm_in_ninety_days_though_nobody_said_what_to_expect(
    seed: int, calendar: Calendar
) -> None:
    events = by_chance(2, seed, calendar)
    verdicts = list(followed(events, None, calendar, events[-1]))
    assert "silent" not in {verdict.state for verdict in verdicts}
    assert verdicts[-1].gap_minutes, "by then its habits are known"


@pytest.mark.parametrize("seed", SEEDS)
def test_two_events_a_day_of_which_one_is_expected_a_day_are_not_even_late_in_ninety_days(seed: int) -> None:
    events = twice_a_day(seed, ENGLAND)
    states = {verdict.state for verdict in followed(events, MINUTES_A_DAY, ENGLAND, events[-1])}
    assert states == {"not known", "speaking", "quiet as expected"}


@pytest.mark.parametrize("said", [MINUTES_A_DAY, None], ids=["said", "learnt"])
@pytest.mark.parametrize("seed", SEEDS)
def test_who_stops_is_noticed_within_two_of_its_gaps(seed: int, said: int | None) -> None:
    told = Told()
    for event in twice_a_day(seed, ENGLAND):
        told.take(event)
    assert told.last is not None
    gap = told.judged(said, ENGLAND, told.last).gap_minutes
    assert gap is not None
    assert gap < 4 * MINUTES_A_DAY, "two a day are learnt to leave out three days at most"
    last = ENGLAND.minutes(told.last)

    def after(minutes: int) -> Verdict:
        return told.judged(said, ENGLAND, ENGLAND.instant(last + minutes))

    assert after(gap - 1).state == "speaking"
    assert after(gap).state == "late"
    assert after(2 * gap - 1).state == "late"
    assert after(2 * gap).state == "silent"
    assert after(5 * gap).since == ENGLAND.instant(last + 2 * gap)
    assert after(1).silent_at == ENGLAND.instant(last + 2 * gap)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_backfill_of_years_raises_no_alarm_while_it_runs_nor_after(seed: int) -> None:
    ordinary = by_chance(2, seed, ENGLAND, days=120)
    began = ordinary[len(ordinary) // 3]
    backfill = [began + n * timedelta(minutes=2) for n in range(7 * 24 * 30)]  # a week, day and night
    states = {v.state for v in followed(sorted([*ordinary, *backfill]), None, ENGLAND, ordinary[-1])}
    assert "silent" not in states


def test_who_sends_a_backfill_and_nothing_else_is_not_called_silent() -> None:
    backfill = [BEGINS + n * timedelta(minutes=2) for n in range(5 * 24 * 30)]
    states = {verdict.state for verdict in followed(backfill, None, ENGLAND, BEGINS + 90 * DAY)}
    assert states == {"not known"}


def test_a_holiday_raises_no_alarm_even_for_who_speaks_every_hour() -> None:
    good_friday = date(2026, 4, 3)
    told = Told()
    told.take(datetime.combine(good_friday - DAY, time(17, 30), LONDON))
    morning = datetime.combine(good_friday + 4 * DAY, time(8, 20), LONDON)  # the Tuesday after
    states = [told.judged(60, ENGLAND, morning - n * HOUR).state for n in range(110)]
    assert set(states) == {"speaking", "quiet as expected"}
    assert told.judged(60, SCOTLAND, morning - DAY + 2 * HOUR).state == "silent", "Easter Monday is a working day there"


@pytest.mark.parametrize("seed", SEEDS)
def test_who_speaks_once_a_week_raises_no_alarm(seed: int) -> None:
    events = by_chance(0.2, seed, ENGLAND, days=360)
    states = {verdict.state for verdict in followed(events, None, ENGLAND, events[-1])}
    assert "silent" not in states


def test_of_who_speaks_all_at_once_once_a_month_nothing_is_learnt() -> None:
    month_ends = [datetime(2026, month, 28, hour, tzinfo=UTC) for month in range(1, 11) for hour in range(8, 17)]
    assert learnt_gap(month_ends, ENGLAND) is None


def test_what_comes_every_hour_is_missed_on_the_same_day() -> None:
    hours = [BEGINS + n * HOUR for n in range(60 * 24)]
    gap = learnt_gap(hours, ENGLAND)
    assert gap is not None
    assert 2 * gap <= MINUTES_A_DAY


def test_habits_are_those_of_the_last_half_year() -> None:
    lively = [BEGINS - 500 * DAY + n * HOUR for n in range(200 * 24)]
    of_late = by_chance(2, 1, ENGLAND, days=190)
    assert learnt_gap([*lively, *of_late], ENGLAND) == learnt_gap(of_late, ENGLAND)


def test_nothing_is_expected_of_who_may_be_as_quiet_as_it_likes() -> None:
    heard = Heard(BEGINS, ())
    assert judge(heard, NEVER, ENGLAND, BEGINS + 900 * DAY).state == "quiet as expected"


def test_of_who_was_never_heard_nothing_is_known() -> None:
    assert judge(None, MINUTES_A_DAY, ENGLAND, BEGINS) == Verdict("not known")


def test_what_usually_comes_in_a_week_is_that_of_the_middle_one() -> None:
    days = {date(2026, 9, 1) + n * DAY: 2 for n in range(28)}
    days[date(2026, 9, 10)] = 5_000  # a backfill
    assert usual_a_week(days) == 14
    assert usual_a_week({date(2026, 9, 1): 9}) is None
