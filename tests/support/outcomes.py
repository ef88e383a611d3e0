"""The outcomes service as tests play it: its reference data, outcomes as partners say them, journeys and figures."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from typing import Any

import schemes
from contracts.envelope import Event
from contracts.fit_notes_counted import FitNotesCounted
from contracts.outcome_recorded import OutcomeRecorded
from outcomes_service.domain import Outcomes
from outcomes_service.handlers import HEARS
from outcomes_service.indicators.catalogue import Known
from outcomes_service.indicators.counting import Values
from outcomes_service.projections.cells import cells, cells_of_person
from outcomes_service.projections.journeys import PROJECTS, Journey, completed
from outcomes_service.projections.persons import PersonRow, visit_of
from schemes import register
from servicekit.endings import Accept
from servicekit.hears import Moment
from servicekit.partners import Partner
from support.events import REFERRAL, at, event, numbered
from support.folding import Play


@cache
def known() -> Known:
    """The shipped schemes and register."""
    return Known(schemes.load(), register.load())


def acme(*more: str) -> Partner:
    """A partner of the James Wigg scheme that also counts fit notes."""
    events = frozenset({"referral-made", "session-held", "outcome-recorded", "fit-notes-counted"})
    return Partner(name="acme", number=1, schemes=frozenset({"james-wigg", *more}), events=events)


def gate(*partners: Partner) -> Play[Outcomes, Known]:
    """The gate of outcomes and fit-note counts."""
    return Play(HEARS, Outcomes, known(), partners or (acme(),))


def _outcome(number: int, on: str, partner: str, said: dict[str, Any], data: dict[str, Any]) -> Event[Any]:
    payload = {"referral_id": REFERRAL, "outcome_id": numbered(number), **said, **data}
    recorded = event(OutcomeRecorded, payload, id=numbered(number), partner=partner, time=at(on))
    return replace(recorded, accepted_at=recorded.time)


def programme(
    result: str = "completed", *, on: str = "2025-06-02", number: int = 301, partner: str = "acme", **data: Any
) -> Event[Any]:
    """How the programme went."""
    return _outcome(number, on, partner, {"programme": {"result": result, "on": date.fromisoformat(on)}}, data)


def work_status(
    weeks: int,
    status: str,
    *,
    on: str,
    definition: str = "seed",
    number: int = 401,
    partner: str = "acme",
    **data: Any,
) -> Event[Any]:
    """The work status at a checkpoint."""
    said = {
        "checkpoint_weeks": weeks,
        "status": status,
        "status_on": date.fromisoformat(on),
        "evidence": "self_report",
        "definition": definition,
    }
    return _outcome(number, on, partner, {"work_status": said}, data)


def closed(
    reason: str = "goals_met", *, on: str = "2025-06-02", number: int = 501, partner: str = "acme", **data: Any
) -> Event[Any]:
    """Why and when the case was closed."""
    return _outcome(number, on, partner, {"closure": {"reason": reason, "on": date.fromisoformat(on)}}, data)


def fit_notes(
    practice: str = "F83023",
    *,
    first: str = "2025-01-01",
    last: str = "2025-12-31",
    not_fit: int = 93,
    may_be_fit: int = 7,
    number: int = 601,
    partner: str = "acme",
    **data: Any,
) -> Event[Any]:
    """A practice's fit notes of a period."""
    said = {
        "practice": {"system": "ods", "code": practice},
        "period": {"from": date.fromisoformat(first), "to": date.fromisoformat(last)},
        "not_fit": not_fit,
        "may_be_fit": may_be_fit,
    }
    counted = event(FitNotesCounted, {**said, **data}, id=numbered(number), partner=partner, time=at(last))
    return replace(counted, accepted_at=counted.time)


def accepted(said: Event[Any], when: datetime | None = None) -> Event[Any]:
    """The event behind its gate."""
    return replace(said, accepted_at=when or said.accepted_at or said.time)


def journey(*events: Event[Any], key: str = REFERRAL) -> Journey:
    """The journey that these events make, in this order."""
    made = Journey(id=key)
    for said in events:
        ending = PROJECTS.follow[type(said.data)](made, said, Moment(said.accepted_at or said.time, None, known()))
        if isinstance(ending, Accept):
            made = ending.document
            made.version += 1
    return completed(made)


def figure(journeys: Iterable[Journey], scheme_id: str, measure: str, as_of: str, definition: str = "seed") -> Values:
    """One figure of a whole scheme, summed from what each journey and person counts in."""
    sums: Counter[str] = Counter()
    wanted, last = (scheme_id, measure, definition), date.fromisoformat(as_of)
    for contributions in _contributions(list(journeys)):
        for (cell, part, day), count in contributions:
            if (cell.scheme_id, cell.measure, cell.definition) == wanted and day <= last:
                sums[part] += count
    counting = known().measures[measure].counting
    assert counting.of != "fund"
    values = counting.values(sums, known().schemes[scheme_id], None, date.fromisoformat(as_of))
    assert values is not None
    return values


def _contributions(journeys: list[Journey]) -> Iterable[Iterable[Any]]:
    rows: dict[str, PersonRow] = defaultdict(lambda: PersonRow(id=""))
    for made in journeys:
        yield cells(made, known())
        if visit := visit_of(made):
            rows[visit[0]] = PersonRow(id=visit[0], visits={**rows[visit[0]].visits, made.id: visit[1]})
    yield from (cells_of_person(row, known()) for row in rows.values())
