"""Works the read models out again, and says where what is stored differs."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import msgspec

from contracts.envelope import Event, Payload
from contracts.erasure_requested import ErasureRequested
from outcomes_service.indicators.catalogue import Known
from outcomes_service.projections.cells import Cell, Counts, add, cells, cells_of_person
from outcomes_service.projections.facts import AnyFact, fact_of, makes_fact, order
from outcomes_service.projections.journeys import Journey, derived
from outcomes_service.projections.persons import PersonRow, row_from, visit_of
from servicekit.documents import from_stored, to_stored

Identity = tuple[str, str, str]  # partner, event, id
_OF_THE_LOOP = ("waiting", "parked", "last_parked")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it should be. `place` is `<topic>/<partition>/<offset>` of the event behind it."""

    what: str
    document: str
    field: str
    stored: str
    expected: str
    place: str | None = None


@dataclass(slots=True)
class Told:
    """What the log says about one key."""

    facts: dict[Identity, AnyFact] = field(default_factory=dict)
    places: dict[Identity, str] = field(default_factory=dict)
    erased_at: datetime | None = None
    last_place: str | None = None

    def journey(self, key: str) -> Journey:
        """The document that this makes."""
        if self.erased_at is not None:
            return Journey(id=key, erased_at=self.erased_at)
        facts = tuple(sorted(self.facts.values(), key=order))
        return Journey(id=key, version=len(facts), facts=facts, **derived(facts))


class Refold:
    """A fold of the raw topics that shares with the projector only what a fact is and what follows from facts."""

    def __init__(self) -> None:
        self.keys: defaultdict[str, Told] = defaultdict(Told)

    def take(self, event: Event[Payload], place: str) -> None:
        """One accepted event, in any order and any number of times."""
        told = self.keys[event.subject]
        at = event.accepted_at or event.time
        if isinstance(event.data, ErasureRequested):
            told.erased_at = min(at, told.erased_at or at)
            told.last_place = place
        elif makes_fact(event):
            fact = fact_of(event, at)
            told.facts.setdefault((fact.partner, fact.type, fact.id), fact)
            told.places.setdefault((fact.partner, fact.type, fact.id), place)
            told.last_place = place


def journey_differences(key: str, told: Told, stored: Mapping[str, Any] | None) -> Iterator[Difference]:
    """Where a stored journey is not what the log says; the version of an erased one depends on order, and is left."""
    expected = to_stored(told.journey(key))
    found = to_stored(from_stored(Journey, dict(stored))) if stored is not None else {}
    ours, theirs = _plain(expected, told), _plain(found, told)
    for name in sorted(ours.keys() | theirs.keys()):
        if ours.get(name) != theirs.get(name):
            place = _place(told, found) if name == "facts" else told.last_place
            yield Difference("journeys", key, name, _said(theirs.get(name)), _said(ours.get(name)), place)


@dataclass(slots=True)
class Recount:
    """Sums of what stored journeys count in, person by person."""

    known: Known
    counts: Counts = field(default_factory=Counter)
    persons: dict[str, PersonRow] = field(default_factory=dict)

    def take(self, stored: dict[str, Any]) -> None:
        """One stored journey."""
        journey = from_stored(Journey, stored)
        add(self.counts, cells(journey, self.known))
        if visit := visit_of(journey):
            row = self.persons.get(visit[0]) or PersonRow(id=visit[0])
            visits = dict(sorted({**row.visits, journey.id: visit[1]}.items()))
            self.persons[visit[0]] = PersonRow(id=visit[0], visits=visits)

    def differences(self, persons: Mapping[str, PersonRow], stored: Counts) -> Iterator[Difference]:
        """Where persons differ from the journeys, and cells, summed over lanes, from journeys and persons."""
        for key in sorted(self.persons.keys() | persons.keys()):
            ours, theirs = self.persons.get(key), persons.get(key)
            if ours != theirs:
                yield Difference("persons", key, "visits", _said(theirs and theirs.visits), _said(ours and ours.visits))
        expected = Counter(self.counts)
        for row in self.persons.values():
            add(expected, cells_of_person(row, self.known))
        for cell, part, day in sorted(expected.keys() | stored.keys()):
            wanted, found = expected[cell, part, day], stored[cell, part, day]
            if wanted != found:
                name = "/".join([*cell[:4], "synthetic" if cell.synthetic else "real"])
                yield Difference("cells", name, f"{part}.{day}", str(found), str(wanted))


def stored_person(stored: dict[str, Any]) -> PersonRow:
    """A stored person, its referrals in order."""
    row = row_from(stored)
    return PersonRow(id=row.id, visits=dict(sorted(row.visits.items())))


def add_roll_up(counts: Counts, stored: Mapping[str, Any]) -> None:
    """Add a roll-up document of one lane; a seal holds no counts."""
    if "parts" not in stored:
        return
    cell = Cell(*(stored[name] for name in Cell._fields))
    for part, days in stored["parts"].items():
        for day, count in days.items():
            counts[cell, part, date.fromisoformat(day)] += count


def _plain(document: dict[str, Any], told: Told) -> dict[str, Any]:
    left = (*_OF_THE_LOOP, "version") if told.erased_at is not None else _OF_THE_LOOP
    return {name: value for name, value in msgspec.to_builtins(document).items() if name not in left}


def _place(told: Told, found: Mapping[str, Any]) -> str | None:
    """The first event that the stored facts lack; else the last one of the key."""
    known = {(fact["partner"], fact["type"], fact["id"]) for fact in found.get("facts", ())}
    return next((place for identity, place in told.places.items() if identity not in known), told.last_place)


def _said(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 120 else f"{text[:117]}..."
