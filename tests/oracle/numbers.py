"""What medians, curves and counts of different things are made of: every number by itself, one for each case."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from oracle.codes import IN_WORK
from oracle.journeys import Journey
from oracle.london import london_day
from oracle.measures import Cohort, start_of
from oracle.view import practice_of

Numbers = list[Any]


def waits(cohort: Cohort) -> Numbers:
    """Days from the referral to the first session."""
    seen = [(one, one.sessions[0].day) for one in cohort.journeys if one.sessions]
    return [max(0, (first - one.referred).days) for one, first in seen if cohort.by_now(first)]


def lengths(cohort: Cohort) -> Numbers:
    """Whole weeks of a completed programme."""
    done = [(start_of(one), one.completed) for one in cohort.journeys]
    return [max(0, (end - start).days // 7) for start, end in done if start and end and cohort.by_now(end)]


def returns(cohort: Cohort) -> Numbers:
    """Days from the referral to the first recorded return to work, of those absent."""
    days = []
    for one in cohort.journeys:
        mine = [said for said in one.statuses if said.definition == cohort.definition]
        back = [said.on for said in mine if said.status == "returned_to_work"]
        if one.group == "absent" and back and cohort.by_now(min(back)):
            days.append(max(0, (min(back) - one.referred).days))
    return days


def lateness(cohort: Cohort) -> Numbers:
    """Days from what happened to its acceptance, of every event that stands."""
    told = [(london_day(event.accepted), london_day(event.time)) for one in cohort.journeys for event in one.stood]
    return [max(0, (accepted - happened).days) for accepted, happened in told if cohort.by_now(accepted)]


def lasting(cohort: Cohort) -> Numbers:
    """Of each case in work at the end: for how many days it was followed, and whether work was over then."""
    return [_followed(cohort, one) for one in cohort.over(0) if cohort.status(one, 0) in IN_WORK]


def _followed(cohort: Cohort, one: Journey) -> tuple[int, bool]:
    latest = 0
    for weeks in (0, 4, 13, 26, 52):
        if cohort.is_over(one, weeks) and cohort.status(one, weeks) is not None:
            said = one.at(weeks, cohort.definition)
            assert said is not None and one.ended is not None
            latest = max(latest, (said.on - one.ended).days)
            if said.status not in IN_WORK:
                return latest, True
    return latest, False


def practices(cohort: Cohort) -> Numbers:
    """Different practices that referred."""
    made = [one for one in cohort.journeys if cohort.by_now(one.referred)]
    return list({name for one in made if (name := practice_of(one.said.get("referrer_organisation") or {}))})


def sites(cohort: Cohort) -> Numbers:
    """Different sites with a session."""
    held = [session for one in cohort.journeys for session in one.sessions if cohort.by_now(session.day)]
    return list({session.site for session in held if session.site})


def minutes(cohort: Cohort) -> Numbers:
    """Minutes of sessions on each day."""
    added: Counter[str] = Counter()
    for one in cohort.journeys:
        for session in one.sessions:
            if cohort.by_now(session.day):
                added[session.day.isoformat()] += session.minutes
    return list(added.items())


def survival(followed: Numbers, day: int) -> float:
    """The share that lasts beyond a day, as Kaplan and Meier multiply it up, looking at every case on every day."""
    left = 1.0
    for now in sorted({days for days, over in followed if over and days <= day}):
        at_risk = sum(days >= now for days, _ in followed)
        left *= 1 - sum(over and days == now for days, over in followed) / at_risk
    return left


NUMBERS: dict[str, Callable[[Cohort], Numbers]] = {
    "wait-to-first-session": waits,
    "programme-length": lengths,
    "time-to-return": returns,
    "lateness": lateness,
    "sustained-work": lasting,
    "reach-practices": practices,
    "practices-referring": practices,
    "reach-hosts": sites,
    "capacity-used": minutes,
}
