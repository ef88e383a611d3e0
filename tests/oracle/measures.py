"""What each measure counts, of the journeys of one scheme (and area) under one definition, on a day."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from oracle.codes import IN_WORK, UNKNOWN_CODE
from oracle.journeys import Journey

Scheme = dict[str, Any]
WEEK_12 = timedelta(days=84)
CHANGES = (
    ("entered", "out_of_work", "entered_work"),
    ("returned", "absent", "returned_to_work"),
    ("stayed", "at_work", "stayed_in_work"),
)


@dataclass(frozen=True)
class Count:
    """k of n, of which u are unknown; n is None where there is no whole."""

    k: int
    n: int | None
    u: int = 0


@dataclass(frozen=True)
class Cohort:
    """The journeys of one cell. Days after `as_of` are not there yet."""

    scheme: Scheme
    area: str | None
    journeys: tuple[Journey, ...]
    definition: str
    as_of: date

    def is_over(self, journey: Journey, weeks: int) -> bool:
        """Whether the window of a checkpoint has closed: its last day lies behind."""
        window = journey.window(weeks)
        return window is not None and window[1] < self.as_of

    def over(self, weeks: int = 0) -> list[Journey]:
        """Those whose window of a checkpoint has closed."""
        return [journey for journey in self.journeys if self.is_over(journey, weeks)]

    def completers(self, weeks: int) -> list[Journey]:
        """Those of them who completed the programme."""
        return [journey for journey in self.over(weeks) if journey.completed is not None]

    def status(self, journey: Journey, weeks: int) -> str | None:
        """The status at a checkpoint; None where it is not known."""
        said = journey.at(weeks, self.definition)
        return None if said is None or said.status in ("unknown", UNKNOWN_CODE) else said.status

    def recorded(self, among: Iterable[Journey], weeks: int, *wanted: str) -> Count:
        """How many have one of the wanted statuses at a checkpoint, of those given."""
        statuses = [self.status(journey, weeks) for journey in among]
        return Count(sum(status in wanted for status in statuses), len(statuses), statuses.count(None))

    def by_now(self, day: date | None) -> bool:
        """Whether a day has come."""
        return day is not None and day <= self.as_of


def users(cohort: Cohort) -> Count:
    """Persons with a session, of the persons referred; each in the area of the first referral."""
    referrals: dict[tuple[str, str], list[Journey]] = {}
    for journey in cohort.journeys:
        if journey.person is not None and cohort.by_now(journey.referred):
            referrals.setdefault(journey.person, []).append(journey)
    mine = [all_of for all_of in referrals.values() if cohort.area in (None, _first_area(all_of))]
    return Count(sum(any(_started(cohort, one) for one in all_of) for all_of in mine), len(mine))


def reach_people(cohort: Cohort) -> Count:
    """Persons with a session, against the scheme's target; no area has one of its own."""
    begun = [target for target in cohort.scheme["targets"] if (target["from"] or "") <= cohort.as_of.isoformat()]
    target = max(begun, key=lambda target: target["from"] or "", default={"people": None})
    return Count(users(cohort).k, target["people"] if cohort.area is None else None)


def left_with_plan(cohort: Cohort) -> Count:
    """Cases with an agreed plan, of those with a session that have ended."""
    ended = [one for one in cohort.journeys if one.sessions and cohort.by_now(one.ended)]
    return Count(sum(_planned(cohort, one) for one in ended), len(ended))


def completer_success(cohort: Cohort) -> Count:
    """In work or training at the end, of those who completed."""
    return cohort.recorded(cohort.completers(0), 0, *IN_WORK, "entered_training")


def work_at_52(cohort: Cohort) -> Count:
    """In work at 52 weeks, of the completers in work or training at the end."""
    helped = IN_WORK | {"entered_training"}
    return cohort.recorded((one for one in cohort.completers(52) if cohort.status(one, 0) in helped), 52, *IN_WORK)


def work_at_52_of_entered(cohort: Cohort) -> Count:
    """In work at 52 weeks, of the completers in work at the end."""
    return cohort.recorded((one for one in cohort.completers(52) if cohort.status(one, 0) in IN_WORK), 52, *IN_WORK)


def work_at_52_of_completers(cohort: Cohort) -> Count:
    """In work at 52 weeks, of all completers."""
    return cohort.recorded(cohort.completers(52), 52, *IN_WORK)


def changed(group: str, status: str, weeks: int) -> Callable[[Cohort], Count]:
    """One status at a checkpoint, of those of one entry group: no other group can have it."""
    return lambda cohort: cohort.recorded((one for one in cohort.over(weeks) if one.group == group), weeks, status)


def sustained(weeks: int, *, known_only: bool = False) -> Callable[[Cohort], Count]:
    """In work at a checkpoint, of those in work at the end; unknown is a no, or is left out."""

    def measure(cohort: Cohort) -> Count:
        in_work = [one for one in cohort.over(weeks) if cohort.status(one, 0) in IN_WORK]
        if known_only:
            in_work = [one for one in in_work if cohort.status(one, weeks) is not None]
        return cohort.recorded(in_work, weeks, *IN_WORK)

    return measure


def start_rate(cohort: Cohort) -> Count:
    """Referrals with a session, of all."""
    made = [one for one in cohort.journeys if cohort.by_now(one.referred)]
    return Count(sum(_started(cohort, one) for one in made), len(made))


def programme_completion(cohort: Cohort) -> Count:
    """Completed, of those whose programme was due to have ended; unknown if nobody said how it went."""
    due = [one for one in cohort.journeys if cohort.by_now(_due(cohort.scheme, one))]
    silent = [one for one in due if one.ended is None and one.still_on is None]
    return Count(sum(cohort.by_now(one.completed) for one in due), len(due), len(silent))


def programme_retention(cohort: Cohort) -> Count:
    """Still on the programme on day 84 after the start, of those who started that long ago."""
    started = [(one, start + WEEK_12) for one in cohort.journeys if (start := start_of(one)) is not None]
    long_ago = [(one, day_84) for one, day_84 in started if cohort.by_now(day_84)]
    kept = [one for one, day_84 in long_ago if _still_on(cohort, one, day_84)]
    silent = [one for one, _ in long_ago if one not in kept and one.ended is None]
    return Count(len(kept), len(long_ago), len(silent))


def contacts(cohort: Cohort) -> Count:
    """Sessions held."""
    return Count(sum(cohort.by_now(session.day) for one in cohort.journeys for session in one.sessions), None)


def conversion(cohort: Cohort) -> Count:
    """Went on to a further session or an agreed plan, of those with an advice call."""
    call, called, went_on = cohort.scheme["conversion_from"], 0, 0
    for one in cohort.journeys:
        held = [session for session in one.sessions if cohort.by_now(session.day)]
        if any(call in session.interventions for session in held):
            called += 1
            went_on += len(held) > 1 or _planned(cohort, one)
    return Count(went_on, called)


def training_starts(cohort: Cohort) -> Count:
    """A session of training or a recorded start of it, of those with a session."""
    started = [one for one in cohort.journeys if _started(cohort, one)]
    return Count(sum(_trained(cohort, one) for one in started), len(started))


MEASURES: dict[str, Callable[[Cohort], Count]] = {
    "users": users,
    "reach-people": reach_people,
    "left-with-plan": left_with_plan,
    "completer-success": completer_success,
    "work-at-52-weeks": work_at_52,
    "work-at-52-weeks-of-entered": work_at_52_of_entered,
    "work-at-52-weeks-of-completers": work_at_52_of_completers,
    **{f"sustained-{weeks}": sustained(weeks) for weeks in (13, 26, 52)},
    **{f"sustained-{weeks}-known": sustained(weeks, known_only=True) for weeks in (13, 26, 52)},
    "start-rate": start_rate,
    "programme-completion": programme_completion,
    "programme-retention": programme_retention,
    "contacts": contacts,
    "conversion": conversion,
    "training-starts": training_starts,
}
for _name, _group, _status in CHANGES:
    MEASURES |= {_name + (f"-{weeks}" if weeks else ""): changed(_group, _status, weeks) for weeks in (0, 13, 26, 52)}
OF_PERSONS = {"users", "reach-people"}  # these look at all areas of a person before they choose one


def _first_area(referrals: list[Journey]) -> str:
    first = min(referrals, key=lambda one: (one.referred, one.made.subject))
    return str(first.said["scheme_area"])


def _started(cohort: Cohort, one: Journey) -> bool:
    return any(cohort.by_now(session.day) for session in one.sessions)


def _planned(cohort: Cohort, one: Journey) -> bool:
    return any(session.plan and cohort.by_now(session.day) for session in one.sessions)


def _trained(cohort: Cohort, one: Journey) -> bool:
    sessions = [session.day for session in one.sessions if "training" in session.interventions]
    mine = [said for said in one.statuses if said.definition == cohort.definition]
    return any(map(cohort.by_now, [*sessions, *(said.on for said in mine if said.status == "entered_training")]))


def start_of(one: Journey) -> date | None:
    """The programme's first session; where sessions do not name their programme, the first session."""
    return one.programme_started or (one.sessions[0].day if one.sessions else None)


def _due(scheme: Scheme, one: Journey) -> date | None:
    """The day on which the programme was to end, as the last session has it, else the scheme; else the day it did."""
    start = start_of(one)
    said = [session.programme_weeks for session in one.sessions if session.programme_weeks is not None]
    planned = valid(scheme["programme"], one.said["scheme_area"], start)
    weeks = said[-1] if said else (planned or {}).get("weeks")
    return one.completed or one.left if start is None or weeks is None else start + timedelta(weeks=weeks)


def valid(records: list[dict[str, Any]], area: str, on: date | None) -> dict[str, Any] | None:
    """What the scheme says for the area on the day: the area's own, else the general one."""
    day = on.isoformat() if on else ""
    then = [one for one in records if (one["from"] or "") <= day <= (one["to"] or "9999")]
    own = [one for one in then if area in one["areas"]]
    return next(iter(own + [one for one in then if not one["areas"]]), None)


def _still_on(cohort: Cohort, one: Journey, day_84: date) -> bool:
    """Whether it is known of a day from day 84 on; a session is no sign of it once the programme's end is on record."""
    signs = [one.completed, one.left, one.still_on]
    if one.completed is None and one.left is None:
        signs += [session.day for session in one.sessions]
    return any(day is not None and day >= day_84 and cohort.by_now(day) for day in signs)
