"""What one event is counted in: the journey as it stands beside the journey as it would stand were the event withdrawn.

Both sides are counted by the cells that every figure is a sum of, so that this cannot tell another story than the
figures do. Nothing is stored for it.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence, Set
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from outcomes_service.indicators.catalogue import Known
from outcomes_service.indicators.counting import Share
from outcomes_service.indicators.measure import DATA_QUALITY
from outcomes_service.projections.cells import Cell, Counts, add, cells, cells_of_person
from outcomes_service.projections.facts import (
    AnyFact,
    Held,
    NotesCounted,
    Recorded,
    Referred,
    Voided,
    order,
    standing,
)
from outcomes_service.projections.journeys import WINDOW_CLOSES, WINDOW_OPENS, Journey, derived
from outcomes_service.projections.persons import PersonRow, Visit, visit_of

WHY_NOT: Final[Mapping[str, str]] = {
    "no_measure": "Events of this type are in no read model: no measure counts them.",
    "on_its_way": "It was accepted, and the read models have not taken it up yet.",
    "parked": "The read models could not take it up: our fault, ours to mend.",
    "referral_missing": "The read models do not have its referral yet.",
    "referral_withdrawn": "Its referral was withdrawn.",
    "scheme_unknown": "The scheme of its referral is not known here.",
    "erased": "What is kept about this referral was erased.",
    "superseded": "It was corrected: `event_id` stands in its place.",
    "withdrawn": "It was withdrawn: `event_id` voids it.",
    "voids_another": "It takes out what `event_id` was counted in.",
    "window_open": "The window is still open: it counts from the day in `counts_from`.",
    "not_ended": "A checkpoint counts from the end of the programme or case, and none is known.",
    "outside_window": "It lies outside the window of its checkpoint: from `opens_on` to `closes_on`.",
    "another_counts": "Of several that were recorded the latest counts: `event_id`.",
    "definition_not_shown": "The scheme shows no figure under this definition.",
    "changes_nothing": "No figure that the scheme shows would be another without it.",
}
"""Why an event that we have is counted in nothing (today): a code for programs, a sentence for people."""


class Identity(NamedTuple):
    """What an event is known by: `session-held` is the type of footing.session-held.v1."""

    partner: str
    type: str
    id: str


class CountedIn(msgspec.Struct, frozen=True, kw_only=True):
    """One measure of a scheme that would be another without the event, from which day on.

    `parts` are those of the measure: k, n and u of a share (n alone: counted as a no); else days, names or minutes.
    `open`: `counts_from` is yet to come.
    """

    measure: str
    title: str
    scheme_id: str
    area: str
    definition: str
    synthetic: bool
    unit: str
    counts_from: date
    open: bool
    parts: dict[str, int]


class NotCounted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why an event is counted in nothing today: `code` is one of `WHY_NOT`."""

    code: str
    text: str
    event_id: str | None = None
    counts_from: date | None = None
    opens_on: date | None = None
    closes_on: date | None = None


class Lineage(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an event behind its gate. `accepted_at` as its fact has it; None: the read models have it not."""

    accepted_at: datetime | None = None
    counted_in: tuple[CountedIn, ...] = ()
    not_counted: NotCounted | None = None


def why_not(code: str, *, event_id: str | None = None, counts_from: date | None = None) -> NotCounted:
    """The reason with its sentence."""
    return NotCounted(code=code, text=WHY_NOT[code], event_id=event_id, counts_from=counts_from)


def lineage(journey: Journey, person: PersonRow | None, of: Identity, known: Known, as_of: date) -> Lineage:
    """What the event is counted in as of a day, or why it is not. `person` is that of the journey, if it has one."""
    if journey.erased_at is not None:
        return Lineage(not_counted=why_not("erased"))
    fact = next((fact for fact in journey.facts if (fact.partner, fact.type, fact.id) == of), None)
    if fact is None:
        return Lineage(not_counted=why_not("on_its_way"))
    if void := _void(fact, journey):
        return Lineage(accepted_at=fact.accepted, not_counted=void)
    found = _found(fact, journey, person, known)
    told = tuple(msgspec.structs.replace(each, open=each.counts_from > as_of) for each in found)
    reason = None
    if all(each.open for each in told):
        first = min((each.counts_from for each in told), default=None)
        reason = why_not("window_open", counts_from=first) if first else _why_nothing(fact, journey, known)
    return Lineage(accepted_at=fact.accepted, counted_in=told, not_counted=reason)


def _void(fact: AnyFact, journey: Journey) -> NotCounted | None:
    """Why the fact does not stand, or stands for nothing by itself."""
    if isinstance(fact, Voided):
        return why_not("voids_another", event_id=fact.voids[1])
    for other in journey.facts:
        if other.partner == fact.partner and isinstance(other, Voided) and other.voids == (fact.type, fact.id):
            return why_not("withdrawn", event_id=other.id)
        if (other.partner, other.type, other.supersedes) == (fact.partner, fact.type, fact.id):
            return why_not("superseded", event_id=other.id)
    if journey.scheme_id is None and not isinstance(fact, NotesCounted):
        was_made = any(isinstance(other, Referred) for other in journey.facts)
        return why_not("referral_withdrawn" if was_made else "referral_missing")
    return None


def _found(fact: AnyFact, journey: Journey, person: PersonRow | None, known: Known) -> Sequence[CountedIn]:
    """What differs without the fact. Where others say as much, so that nothing would, the most telling is counted."""
    now = _counts(journey, person, known)
    alone = _counts(*_without([fact], journey, person), known)
    more, less = now - alone, alone - now
    if lesser := _less_telling(fact, journey):
        without = _counts(*_without(lesser, journey, person), known)
        gone = _counts(*_without([*lesser, fact], journey, person), known)
        same = {key for key in now.keys() | gone.keys() if without[key] == now[key]}  # rests on none of the lesser
        more |= Counter({key: count for key, count in (now - gone).items() if key in same})
        less |= Counter({key: count for key, count in (gone - now).items() if key in same})
    return _counted_in(now, more, less, known)


def _less_telling(fact: AnyFact, journey: Journey) -> Sequence[AnyFact]:
    """The standing facts alike that the measures look at only if this one is not there.

    Of sessions the first is looked at first, of what is recorded of the same thing the latest.
    """
    if isinstance(fact, Held):
        held = [f for f in standing(journey.facts) if isinstance(f, Held)]
        return [f for f in held if (f.time, order(f)) > (fact.time, order(fact))]
    if isinstance(fact, Recorded):
        return [f for f in _of_the_same(fact, journey) if (f.on, order(f)) < (fact.on, order(fact))]
    return ()


def _of_the_same(fact: Recorded, journey: Journey) -> list[Recorded]:
    """What was recorded of the same thing: a result, the status at a checkpoint under one definition, a closure."""

    def thing(f: Recorded) -> tuple[object, ...]:
        return f.result, f.checkpoint, f.definition, f.reason is None

    return [f for f in standing(journey.facts) if isinstance(f, Recorded) and thing(f) == thing(fact)]


def _without(facts: Sequence[AnyFact], journey: Journey, person: PersonRow | None) -> tuple[Journey, PersonRow | None]:
    """Journey and person as they would stand were these withdrawn: what they corrected does not come back."""
    left = [other for other in standing(journey.facts) if not any(other is fact for fact in facts)]
    without = Journey(id=journey.id, facts=tuple(left), **derived(left))
    if person is None:
        return without, None
    visits: dict[str, Visit] = {key: visit for key, visit in person.visits.items() if key != journey.id}
    visit = visit_of(without)
    if visit is not None and visit[0] == person.id:
        visits[journey.id] = visit[1]
    return without, PersonRow(id=person.id, visits=visits)


def _counts(journey: Journey, person: PersonRow | None, known: Known) -> Counts:
    counts: Counts = Counter()
    add(counts, cells(journey, known))
    if person is not None:
        add(counts, cells_of_person(person, known))
    return Counter({key: count for key, count in counts.items() if key[0].measure in _of_the_service(known)})


def _of_the_service(known: Known) -> Set[str]:
    """The measures that say something of the service. What those of the data count, every event has by being there."""
    return {measure.id for measure in known.measures.values() if measure.family != DATA_QUALITY}


def _counted_in(now: Counts, more: Counts, less: Counts, known: Known) -> Sequence[CountedIn]:
    """What counts now and would not. Of a share that would only be more unknown: all that counts now, which is a no."""
    parts: defaultdict[tuple[Cell, date], dict[str, int]] = defaultdict(dict)
    for (cell, part, day), count in more.items():
        parts[cell, day][part] = count
    known_now = {cell for cell, _, _ in less} - {cell for cell, _, _ in more}
    for (cell, part, day), count in now.items():
        if cell in known_now and isinstance(known.measures[cell.measure].counting, Share):
            parts[cell, day][part] = count
    rank = {measure: number for number, measure in enumerate(known.measures)}
    return [
        CountedIn(
            **cell._asdict(),
            title=known.measures[cell.measure].title,
            unit=known.measures[cell.measure].unit,
            counts_from=day,
            open=False,
            parts=dict(sorted(counted.items())),
        )
        for (cell, day), counted in sorted(parts.items(), key=lambda each: (rank[each[0][0].measure], each[0]))
    ]


def _why_nothing(fact: AnyFact, journey: Journey, known: Known) -> NotCounted:
    """Why a fact that stands makes no difference to any figure."""
    scheme = known.schemes.get(journey.scheme_id or "")
    if scheme is None and not isinstance(fact, NotesCounted):
        return why_not("scheme_unknown")
    if scheme is None or not isinstance(fact, Recorded):
        return why_not("changes_nothing")
    if fact.checkpoint is not None:
        if fact.definition not in scheme.definitions:
            return why_not("definition_not_shown")
        if journey.ended_on is None:
            return why_not("not_ended")
        due = journey.ended_on + timedelta(weeks=fact.checkpoint)
        opens_on, closes_on = due + WINDOW_OPENS, due + WINDOW_CLOSES
        if not opens_on <= fact.on <= closes_on:
            return msgspec.structs.replace(why_not("outside_window"), opens_on=opens_on, closes_on=closes_on)
    last = _last(fact, journey)
    return why_not("changes_nothing") if last is fact else why_not("another_counts", event_id=last.id)


def _last(fact: Recorded, journey: Journey) -> Recorded:
    """What counts of what was recorded of the same thing: the latest, at a checkpoint the latest in its window."""
    same = _of_the_same(fact, journey)
    if fact.checkpoint is not None and journey.ended_on is not None:
        due = journey.ended_on + timedelta(weeks=fact.checkpoint)
        same = [f for f in same if due + WINDOW_OPENS <= f.on <= due + WINDOW_CLOSES]
    return max(same, key=lambda f: (f.on, order(f)))
