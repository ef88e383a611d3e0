"""What the journey of one referral says, in words and references. Pure. No person, nobody who did not come, no text."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple

from outcomes_service.indicators.catalogue import Known
from outcomes_service.projections.cells import Cell, cells, cells_of_person
from outcomes_service.projections.facts import AnyFact, Held, Recorded, Referred, Voided, order, standing
from outcomes_service.projections.journeys import Journey
from outcomes_service.projections.persons import PersonRow
from servicekit.days import day_of

_GROUPS: Final = {
    "absent": "employed, absent",
    "at_work": "employed, at work",
    "employed_other": "employed, absence not said",
    "out_of_work": "out of work",
    "none": "in none of the groups that are counted",
}
_EVENTS: Final = {
    "referral-made": "Referral made",
    "session-held": "Session held",
    "outcome-recorded": "Outcome recorded",
    "entry-withdrawn": "Entry withdrawn",
    "fit-notes-counted": "Fit notes counted",
}
_PARTS: Final = {"k": "counted", "n": "out of", "u": "unknown"}


class Told(NamedTuple):
    """One event: when it happened, when it was accepted, what it is, whose, and whether it stands."""

    happened_on: date
    accepted_at: datetime
    what: str
    type: str
    id: str
    partner: str
    stands: bool


class Counted(NamedTuple):
    """A figure in which the referral, or its person, counts from a day on; `parts` are k, n and u, or what else is."""

    cell: Cell
    title: str
    since: date
    parts: Mapping[str, int]
    open: bool


def facts_of(journey: Journey, known: Known) -> list[tuple[str, str]]:
    """What the journey says: (what, value) each."""
    return list(_facts_of(journey, known))


def _facts_of(journey: Journey, known: Known) -> Iterator[tuple[str, str]]:
    scheme = known.schemes.get(journey.scheme_id or "")
    area = scheme.area(journey.area or "") if scheme else None
    yield "Scheme", scheme.title if scheme else journey.scheme_id or "not known"
    yield "Area", area.title if area else journey.area or "not said"
    yield "Kind", "synthetic: made up" if journey.synthetic else "real"
    yield "Referred on", _day(journey.referred_at)
    yield "Referred by", f"source {journey.source_code}" + (f", {journey.practice}" if journey.practice else "")
    if journey.entry:
        yield "Work at entry", _GROUPS[journey.entry.group]
    yield "Sessions held", f"{journey.sessions}"
    yield "First session", _day(journey.first_session_at)
    yield "Plan agreed", _day(journey.plan_agreed_at)
    if programme := journey.programme:
        for title, day in (
            ("Programme started", programme.started_at),
            ("Programme completed", programme.completed_at),
            ("Programme left", programme.left_at),
            ("Still on the programme", programme.still_on_at),
        ):
            if day is not None:
                yield title, _day(day)
    for weeks, found in sorted(journey.checkpoints.items(), key=lambda each: int(each[0])):
        title = f"Work status {weeks} weeks after the end" if weeks != "0" else "Work status at the end"
        yield title, f"{found.status.replace('_', ' ')}, on {_day(found.on)} ({found.definition})"
    if journey.closed_at is not None:
        yield "Closed", f"{_day(journey.closed_at)}: {(journey.closed_reason or '').replace('_', ' ')}"


def events_of(journey: Journey) -> list[Told]:
    """Its events, in the order in which they were accepted."""
    stand = {id(fact) for fact in standing(journey.facts)}
    return [_told(fact, id(fact) in stand) for fact in sorted(journey.facts, key=order)]


def _told(fact: AnyFact, stands: bool) -> Told:
    return Told(day_of(fact.time), fact.accepted, _what(fact), fact.type, fact.id, fact.partner, stands)


def _what(fact: AnyFact) -> str:
    """The event in words."""
    said = _EVENTS[fact.type]
    if isinstance(fact, Recorded):
        if fact.checkpoint is not None:
            return f"{said}: {(fact.status or '').replace('_', ' ')} at {fact.checkpoint} weeks ({fact.definition})"
        return f"{said}: {(fact.result or fact.reason or '').replace('_', ' ')}"
    if isinstance(fact, Held):
        return f"{said}, {fact.minutes} minutes"
    if isinstance(fact, Voided):
        return f"{said}: {_EVENTS.get(fact.voids[0], fact.voids[0]).lower()}"
    if isinstance(fact, Referred):
        return f"{said}, source {fact.source_code}"
    return said


def counted_in(journey: Journey, person: PersonRow | None, known: Known, as_of: date) -> Sequence[Counted]:
    """Every figure that the referral counts in, or the person of it; `open`: from a day that is yet to come."""
    parts: defaultdict[tuple[Cell, date], dict[str, int]] = defaultdict(dict)
    for (cell, part, day), count in cells(journey, known):
        parts[cell, day][part] = parts[cell, day].get(part, 0) + count
    if person is not None:
        for (cell, part, day), count in cells_of_person(person, known):
            parts[cell, day][part] = parts[cell, day].get(part, 0) + count
    rank = {measure: number for number, measure in enumerate(known.measures)}
    in_order = sorted(parts.items(), key=lambda each: (rank[each[0][0].measure], each[0]))
    return [
        Counted(cell, known.measures[cell.measure].title, day, counted, day > as_of)
        for (cell, day), counted in in_order
        if any(counted.values())
    ]


def parts_of(parts: Mapping[str, int]) -> str:
    """What is counted, in words: k, n and u of a share, else days, names or minutes."""
    return ", ".join(_PARTS.get(part, part) + (f" ({count})" if count != 1 else "") for part, count in parts.items())


def _day(moment: datetime | date | None) -> str:
    if moment is None:
        return "not yet"
    day = day_of(moment) if isinstance(moment, datetime) else moment
    return f"{day.day} {day:%B %Y}"
