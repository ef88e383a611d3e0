"""Does the product agree with the oracle, in every field, about histories that no scenario tells?

Events are accepted ones, in any order and some twice, as a topic may hand them over; the projector folds them without
broker or database, the oracle reads the same records as kcat prints them.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

import msgspec
import pytest
from oracle import differ
from oracle.dump import read_lines
from oracle.numbers import survival
from oracle.opinion import form
from support.histories import History
from support.outcomes import journey
from support.outcomes import known as shipped

from contracts import codec
from contracts.envelope import Event
from contracts.session_not_held import SessionNotHeld
from outcomes_service.indicators.catalogue import Known
from outcomes_service.indicators.lasting import Lasting
from outcomes_service.projections import journeys as projections
from outcomes_service.projections.cells import Cell, add, cells, cells_of_person, difference
from outcomes_service.projections.facts import Voided
from outcomes_service.projections.journeys import Journey, derived
from outcomes_service.projections.persons import PersonRow, visit_of
from schemes.loader import Schemes
from schemes.vocabulary import MEASURES
from servicekit.documents import to_stored
from servicekit.endings import Accept
from servicekit.hears import Moment

SCHEMES = (
    "everything",
    "james-wigg",
    "workwell",
    "exercise-programme",
    "salus-advice-line",
    "gateshead",
    "kensington-chelsea",
)
SHOWN_AS_COUNTS = ("reach-people", "contacts")
AFTER_ALL_WINDOWS = date(2025, 6, 1)


@cache
def known() -> Known:
    """The shipped schemes, and one that shows every measure under every definition."""
    base = shipped().schemes
    asked = {
        "id": "everything",
        "measures": tuple(name for name in MEASURES if name != "fit-note-share"),
        "definitions": ("seed", "ips-grow", "primary-care"),
        "conversion_from": "advice_call",
    }
    everything = base["workwell"].model_copy(update=asked)
    return Known(Schemes({**base, "everything": everything}, base.funds), shipped().register)


SEEDS = range(20)


@pytest.mark.parametrize("seed", SEEDS)
def test_oracle_and_projector_agree_about_every_field_and_figure(seed: int) -> None:
    assert disagreements(seed) == []


PLANTED = {
    "a window that opens a day late": ("WINDOW_OPENS", timedelta(days=-13)),
    "what was corrected or withdrawn counts": ("standing", lambda facts: [f for f in facts if type(f) is not Voided]),
    "days in UTC": ("day_of", lambda moment: moment.date()),
    "every entry group is out of work": ("entry_group", lambda _status, _absence: "out_of_work"),
    "an event applied as often as it comes": (
        "evolve",
        lambda before, fact: msgspec.structs.replace(
            before, **derived((*before.facts, fact)), facts=(*before.facts, fact)
        ),
    ),
}


@pytest.mark.parametrize("mistake", PLANTED)
def test_a_planted_mistake_of_the_projector_is_found(mistake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projections, *PLANTED[mistake])
    assert any(disagreements(seed) for seed in SEEDS)


def disagreements(seed: int) -> list[str]:
    """What oracle and projector say differently about 25 referrals."""
    events = drawn(seed)
    as_json = [scheme.model_dump(mode="json", by_alias=True) for scheme in known().schemes.values()]
    opinion = form(read_lines(map(as_kcat_prints, events)), as_json, AFTER_ALL_WINDOWS)
    journeys = projected(events)

    counted = [{name: row.get(name) for name in (*differ.KEY, "k", "n", "u")} for row in opinion.figures]
    return [
        *opinion.complaints,
        *differ.journeys(opinion.journeys, map(shown, journeys)),
        *differ.figures(counted, figures(journeys)),
        *numbers_differ(opinion.numbers, journeys),
    ]


def drawn(seed: int) -> list[Event[Any]]:
    """The events of 25 referrals, some of them twice, in any order."""
    random, chosen = Random(seed), [known().schemes[name] for name in SCHEMES]
    told = {history.subject: history.events for history in (History(random, n, chosen) for n in range(25))}
    events = [event for history in told.values() for event in history]
    events += random.sample(events, 20)
    random.shuffle(events)
    return events


def as_kcat_prints(event: Event[Any]) -> str:
    record = codec.encode(event)
    headers = [text for name, value in record.headers for text in (name, (value or b"").decode())]
    place = {"topic": record.topic, "partition": 0, "offset": event.sequence}
    key, payload = (record.key or b"").decode(), (record.value or b"").decode()
    return json.dumps({**place, "headers": headers, "key": key, "payload": payload})


def projected(events: list[Event[Any]]) -> list[Journey]:
    """The journeys that the view shows; the projector does not read the topic of sessions not held."""
    by_referral: dict[str, list[Event[Any]]] = defaultdict(list)
    for event in events:
        if not isinstance(event.data, SessionNotHeld):
            by_referral[event.subject].append(event)
    made = [journey(*heard, key=referral) for referral, heard in by_referral.items()]
    return [one for one in made if one.scheme_id is not None]


def shown(made: Journey) -> dict[str, Any]:
    """The row of the view."""
    stored = to_stored(made)
    kept = {name: value for name, value in stored.items() if name not in ("facts", "partner", "schema")}
    row = kept | {"sessions": made.sessions, "applied": [fact.id for fact in made.facts]}
    plain: dict[str, Any] = json.loads(json.dumps(row, default=_text))
    return plain


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def figures(journeys: list[Journey]) -> list[dict[str, Any]]:
    """The rows of the view, from what each journey and person counts in."""
    rows: dict[Cell, dict[str, Any]] = {}
    for (cell, part, day), count in contributions(journeys):
        row = rows.setdefault(cell, {**cell._asdict(), "k": 0, "n": 0, "u": 0})
        if part in ("k", "n", "u") and day <= AFTER_ALL_WINDOWS:
            row[part] += count
    return [row | ({"n": None} if cell.measure in SHOWN_AS_COUNTS else {}) for cell, row in rows.items()]


def contributions(journeys: list[Journey]) -> Iterator[tuple[tuple[Cell, str, date], int]]:
    """What journeys and the persons behind them count in."""
    persons: dict[str, PersonRow] = {}
    for made in journeys:
        yield from cells(made, known())
        if visit := visit_of(made):
            persons.setdefault(visit[0], PersonRow(id=visit[0])).visits[made.id] = visit[1]
    for person in persons.values():
        yield from cells_of_person(person, known())


def numbers_differ(expected: Iterable[Mapping[str, Any]], journeys: list[Journey]) -> list[str]:
    """Where the numbers behind a median, curve or count of different things are not those of the oracle."""
    sums: defaultdict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for (cell, part, day), count in contributions(journeys):
        if day <= AFTER_ALL_WINDOWS:
            sums[cell.scheme_id, cell.measure, cell.definition, cell.synthetic][part] += count
    found = []
    for row in expected:
        key = tuple(row[name] for name in ("scheme_id", "measure", "definition", "synthetic"))
        if (ours := _numbers(row["measure"], sums[key])) != row["numbers"]:
            found.append(f"{key}: computed {row['numbers']}, the parts say {ours}")
    return found


def _numbers(measure: str, sums: Mapping[str, int]) -> list[Any]:
    """The numbers that sums of parts are made of, in order."""
    there = {part: count for part, count in sums.items() if count}
    if measure in ("reach-practices", "practices-referring", "reach-hosts"):
        return sorted(there)
    if measure == "capacity-used":
        return sorted(there.items())
    if measure == "sustained-work":
        parts = [(part.split("-"), count) for part, count in there.items() if part != "n"]
        return sorted((int(days), kind == "ended") for (kind, days), count in parts for _ in range(count))
    return sorted(int(part) for part, count in there.items() for _ in range(count))


def test_the_curve_out_of_dated_counts_is_that_of_the_cases_one_by_one() -> None:
    counting, followed = known().measures["sustained-work"].counting, 0
    assert isinstance(counting, Lasting)
    for seed in SEEDS:
        sums = Counter[str]()
        for (cell, part, day), count in contributions(projected(drawn(seed))):
            if cell.measure == "sustained-work" and day <= AFTER_ALL_WINDOWS:
                sums[part] += count
        numbers = _numbers("sustained-work", sums)
        values = counting.values(sums, known().schemes["everything"], None, AFTER_ALL_WINDOWS)
        assert values.n == len(numbers)
        for step in values.steps or ():
            assert step.survival == pytest.approx(survival(numbers, step.day), abs=1e-12)
        followed += sum(over for _, over in numbers)
    assert followed > 5


@pytest.mark.parametrize("seed", SEEDS)
def test_event_by_event_the_differences_add_up_to_what_is_counted_at_the_end(seed: int) -> None:
    """Each event is compared only with what the measures that read it said before."""
    sums: Counter[Any] = Counter()
    at_the_end: Counter[Any] = Counter()
    made: dict[str, Journey] = {}
    for event in drawn(seed):
        if not isinstance(event.data, SessionNotHeld):
            before = made.get(event.subject) or Journey(id=event.subject)
            made[event.subject] = grown(before, event)
            add(sums, difference(before, made[event.subject], known()))
    for journey_at_the_end in made.values():
        add(at_the_end, cells(journey_at_the_end, known()))
    assert {key: count for key, count in sums.items() if count} == dict(at_the_end)


def grown(before: Journey, event: Event[Any]) -> Journey:
    """The journey with one event more, its older facts the same objects."""
    at = event.accepted_at or event.time
    ending = projections.PROJECTS.follow[type(event.data)](before, event, Moment(at, None, known()))
    return projections.completed(ending.document) if isinstance(ending, Accept) else before
