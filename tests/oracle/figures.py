"""Counts of each measure by scheme, area, definition and whether made up, on a day; areas None are the whole scheme."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from typing import Any

from oracle.dump import Dump
from oracle.journeys import UNKNOWN_CODE, Journey, standing

FIT_NOTES = "footing.fit-notes-counted.v1"
# Each way of being in work needs the entry group it speaks of: a status that does not fit is a fact that is not counted.
NEEDS = {"entered_work": "out_of_work", "returned_to_work": "absent", "stayed_in_work": "at_work"}
FAMILIES = {
    "work-at-52-weeks": ("work-at-52-weeks", "work-at-52-weeks-of-entered", "work-at-52-weeks-of-completers"),
    "sustained": ("sustained-13", "sustained-26", "sustained-52"),
}
Scheme = dict[str, Any]


@dataclass(frozen=True)
class Count:
    """k of n, u of these unknown; n is None where the measure counts without a whole."""

    k: int
    n: int | None
    u: int = 0


@dataclass(frozen=True)
class Cohort:
    """The journeys of one cell: of one scheme, one area or all, made up or not."""

    scheme: Scheme
    area: str | None
    journeys: tuple[Journey, ...]
    definition: str
    as_of: date

    def ended(self, weeks: int = 0) -> list[Journey]:
        """Those whose window of a checkpoint is over."""
        return [journey for journey in self.journeys if journey.closed_window(weeks, self.as_of)]

    def status(self, journey: Journey, weeks: int) -> str | None:
        """The status that counts at a checkpoint; None where nothing is known."""
        said = journey.at(weeks, self.definition)
        return None if said is None or said.status in ("unknown", UNKNOWN_CODE) else said.status

    def in_work(self, journey: Journey, weeks: int) -> bool:
        """Whether a status that fits the entry group says so."""
        return NEEDS.get(self.status(journey, weeks) or "") == journey.group

    def working(self, among: Iterable[Journey], weeks: int) -> Count:
        """How many are in work at a checkpoint, of those given."""
        among = list(among)
        unknown = sum(self.status(journey, weeks) is None for journey in among)
        return Count(sum(self.in_work(journey, weeks) for journey in among), len(among), unknown)


def users(cohort: Cohort) -> Count:
    """Persons with a session, of the persons referred; a person is one reference within scheme and partner."""
    referred = {journey.person for journey in cohort.journeys} - {None}
    seen = {journey.person for journey in cohort.journeys if journey.sessions} - {None}
    return Count(len(seen), len(referred))


def reach_people(cohort: Cohort) -> Count:
    """Persons with a session, against the target of the whole scheme."""
    target = sum(target["people"] or 0 for target in cohort.scheme["targets"])
    return Count(users(cohort).k, target if cohort.area is None else None)  # no area has a target of its own


def left_with_plan(cohort: Cohort) -> Count:
    """Cases with an agreed plan, of those with a session that have ended."""
    ended = [one for one in cohort.journeys if one.sessions and one.ended is not None and one.ended <= cohort.as_of]
    return Count(sum(_planned(one) for one in ended), len(ended))


def completer_success(cohort: Cohort) -> Count:
    """In work or training at the end, of those who completed."""
    completers = _completers(cohort, 0)
    unknown = sum(cohort.status(one, 0) is None for one in completers)
    return Count(sum(_succeeded(cohort, one) for one in completers), len(completers), unknown)


def work_at_52(cohort: Cohort) -> Count:
    """In work at 52 weeks, of the completers in work or training at the end."""
    return cohort.working([one for one in _completers(cohort, 52) if _succeeded(cohort, one)], 52)


def work_at_52_of_entered(cohort: Cohort) -> Count:
    """In work at 52 weeks, of the completers in work at the end."""
    return cohort.working([one for one in _completers(cohort, 52) if cohort.in_work(one, 0)], 52)


def work_at_52_of_completers(cohort: Cohort) -> Count:
    """In work at 52 weeks, of all completers."""
    return cohort.working(_completers(cohort, 52), 52)


def by_group(group: str) -> Callable[[Cohort], Count]:
    """In work at the end, of those who were in an entry group."""

    def measure(cohort: Cohort) -> Count:
        return cohort.working([one for one in cohort.ended() if one.group == group], 0)

    return measure


def sustained(weeks: int) -> Callable[[Cohort], Count]:
    """In work at a checkpoint, of those in work at the end; unknown is a no."""

    def measure(cohort: Cohort) -> Count:
        return cohort.working([one for one in cohort.ended(weeks) if cohort.in_work(one, 0)], weeks)

    return measure


def start_rate(cohort: Cohort) -> Count:
    """Referrals with a session, of all."""
    return Count(sum(bool(one.sessions) for one in cohort.journeys), len(cohort.journeys))


def programme_completion(cohort: Cohort) -> Count:
    """Completed, of those whose programme was due to have ended by now."""
    due = [one for one in cohort.journeys if _due(cohort.scheme, one, cohort.as_of)]
    unknown = sum(one.completed is None and one.left is None for one in due)
    return Count(sum(one.completed is not None for one in due), len(due), unknown)


def programme_retention(cohort: Cohort) -> Count:
    """Still on the programme on day 84, of those who started at least 84 days ago."""
    weeks12 = timedelta(days=84)
    started = [(one, one.programme_started) for one in cohort.journeys if one.programme_started is not None]
    long_ago = [(one, on + weeks12) for one, on in started if on + weeks12 <= cohort.as_of]
    k = sum((one.completed is not None and one.completed >= day) or _left_by(one, day) for one, day in long_ago)
    return Count(k, len(long_ago), sum(one.ended is None for one, _ in long_ago))


def contacts(cohort: Cohort) -> Count:
    """Sessions held."""
    return Count(sum(len(one.sessions) for one in cohort.journeys), None)


def conversion(cohort: Cohort) -> Count:
    """Went on to a further session or an agreed plan, of those with an advice call."""
    call = cohort.scheme["conversion_from"]
    called = [one for one in cohort.journeys if any(call in session.interventions for session in one.sessions)]
    return Count(sum(len(one.sessions) > 1 or _planned(one) for one in called), len(called))


MEASURES: dict[str, Callable[[Cohort], Count]] = {
    "users": users,
    "reach-people": reach_people,
    "left-with-plan": left_with_plan,
    "completer-success": completer_success,
    "work-at-52-weeks": work_at_52,
    "work-at-52-weeks-of-entered": work_at_52_of_entered,
    "work-at-52-weeks-of-completers": work_at_52_of_completers,
    "entered": by_group("out_of_work"),
    "returned": by_group("absent"),
    "stayed": by_group("at_work"),
    "sustained-13": sustained(13),
    "sustained-26": sustained(26),
    "sustained-52": sustained(52),
    "start-rate": start_rate,
    "programme-completion": programme_completion,
    "programme-retention": programme_retention,
    "contacts": contacts,
    "conversion": conversion,
}
KNOWN = frozenset(MEASURES) | {"fit-note-share"}


def rows(journeys: Iterable[Journey], dump: Dump, schemes: Iterable[Scheme], as_of: date) -> list[dict[str, Any]]:
    """Every figure that the schemes list and that is known here, for each area and for the whole scheme."""
    everyone = list(journeys)
    found = []
    for scheme in schemes:
        names = [name for listed in scheme["measures"] for name in FAMILIES.get(listed, (listed,))]
        for definition in scheme["definitions"]:
            for name in names:
                if name == "fit-note-share":
                    found += _fit_notes(dump, scheme, definition, as_of)
                elif name in MEASURES:
                    found += _cells(name, everyone, scheme, definition, as_of)
    return found


def wilson(k: int, n: int) -> tuple[float, float]:
    """The 95 % interval of k of n."""
    z = 1.959963984540054
    middle, spread = k + z * z / 2, z * sqrt(k * (n - k) / n + z * z / 4)
    return max(0.0, (middle - spread) / (n + z * z)), min(1.0, (middle + spread) / (n + z * z))


def _cells(name: str, everyone: list[Journey], scheme: Scheme, definition: str, as_of: date) -> list[dict[str, Any]]:
    mine = [journey for journey in everyone if journey.scheme == scheme["id"]]
    found = []
    for synthetic in sorted({journey.synthetic for journey in mine}):
        for area in [None, *(area["id"] for area in scheme["areas"])]:
            chosen = tuple(one for one in mine if one.synthetic == synthetic and area in (None, one.area))
            if chosen:
                count = MEASURES[name](Cohort(scheme, area, chosen, definition, as_of))
                found.append(_row(scheme, area, name, definition, synthetic, count, as_of))
    return found


def _fit_notes(dump: Dump, scheme: Scheme, definition: str, as_of: date) -> list[dict[str, Any]]:
    stands = standing(dump)
    counted = [event.payload for event in dump.events.values() if event.type == FIT_NOTES and event.identity in stands]
    found = []
    for synthetic in sorted({bool(payload.get("synthetic", False)) for payload in counted}):
        chosen = [payload for payload in counted if bool(payload.get("synthetic", False)) == synthetic]
        not_fit = sum(payload["not_fit"] for payload in chosen)
        count = Count(not_fit, not_fit + sum(payload["may_be_fit"] for payload in chosen))
        for area in (None, scheme["areas"][0]["id"]):
            found.append(_row(scheme, area, "fit-note-share", definition, synthetic, count, as_of))
    return found


def _row(
    scheme: Scheme, area: str | None, measure: str, definition: str, synthetic: bool, count: Count, as_of: date
) -> dict[str, Any]:
    row = {
        "scheme_id": scheme["id"],
        "area": area,
        "measure": measure,
        "definition": definition,
        "synthetic": synthetic,
        "k": count.k,
        "n": count.n,
        "u": count.u,
        "as_of": as_of.isoformat(),
    }
    if count.n and measure != "reach-people":  # people against a target are no sample of it
        low, high = wilson(count.k, count.n)
        row |= {"rate": count.k / count.n, "low": low, "high": high}
    return row


def _completers(cohort: Cohort, weeks: int) -> list[Journey]:
    return [one for one in cohort.ended(weeks) if one.completed is not None]


def _succeeded(cohort: Cohort, journey: Journey) -> bool:
    return cohort.in_work(journey, 0) or cohort.status(journey, 0) == "entered_training"


def _planned(journey: Journey) -> bool:
    return any(session.plan for session in journey.sessions)


def _left_by(journey: Journey, day: date) -> bool:
    return journey.completed is None and journey.left is not None and journey.left >= day


def _due(scheme: Scheme, journey: Journey, as_of: date) -> bool:
    weeks = journey.programme_weeks
    if journey.programme_started is None or weeks is None:
        return False
    return journey.programme_started + timedelta(weeks=weeks) <= as_of
