"""Does the product agree with the oracle, in every field, about histories that no scenario tells?

Events are accepted ones, in any order and some twice, as a topic may hand them over; the projector folds them without
broker or database, the oracle reads the same records as kcat prints them.
"""

import json
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import msgspec
import pytest
from oracle import differ
from oracle.dump import read_lines
from oracle.opinion import form
from support.histories import History
from support.outcomes import journey, known

from contracts import codec
from contracts.envelope import Event
from contracts.session_not_held import SessionNotHeld
from outcomes_service.projections import journeys as projections
from outcomes_service.projections.cells import Cell, cells, cells_of_person
from outcomes_service.projections.facts import Voided
from outcomes_service.projections.journeys import Journey, derived
from outcomes_service.projections.persons import PersonRow, visit_of
from servicekit.documents import to_stored

SCHEMES = ("james-wigg", "workwell", "exercise-programme", "salus-advice-line", "gateshead", "kensington-chelsea")
SHOWN_AS_COUNTS = ("reach-people", "contacts")
AFTER_ALL_WINDOWS = date(2025, 6, 1)


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
    random, chosen = Random(seed), [known().schemes[name] for name in SCHEMES]
    told = {history.subject: history.events for history in (History(random, n, chosen) for n in range(25))}
    events = [event for history in told.values() for event in history]
    events += random.sample(events, 20)
    random.shuffle(events)

    as_json = [scheme.model_dump(mode="json", by_alias=True) for scheme in known().schemes.values()]
    opinion = form(read_lines(map(as_kcat_prints, events)), as_json, AFTER_ALL_WINDOWS)
    journeys = projected(events)

    counted = [{name: row.get(name) for name in (*differ.KEY, "k", "n", "u")} for row in opinion.figures]
    return [
        *opinion.complaints,
        *differ.journeys(opinion.journeys, map(shown, journeys)),
        *differ.figures(counted, figures(journeys)),
    ]


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
    persons: dict[str, PersonRow] = {}
    dated: list[tuple[tuple[Cell, str, date], int]] = []
    for made in journeys:
        dated += cells(made, known())
        if visit := visit_of(made):
            persons.setdefault(visit[0], PersonRow(id=visit[0])).visits[made.id] = visit[1]
    for person in persons.values():
        dated += cells_of_person(person, known())
    rows: dict[Cell, dict[str, Any]] = {}
    for (cell, part, day), count in dated:
        row = rows.setdefault(cell, {**cell._asdict(), "k": 0, "n": 0, "u": 0})
        if part in ("k", "n", "u") and day <= AFTER_ALL_WINDOWS:
            row[part] += count
    return [row | ({"n": None} if cell.measure in SHOWN_AS_COUNTS else {}) for cell, row in rows.items()]
