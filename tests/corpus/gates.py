"""The three gates as they fold, in process: what each says to one record about a referral that was made."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

from support.events import numbered
from support.folding import Registered
from support.referrals import known

import case_service.domain as case
import case_service.handlers
import outcomes_service.domain as outcomes
import outcomes_service.handlers
import referral_service.handlers
from contracts import codec
from contracts.envelope import Event, Record
from contracts.reasons import REASONS
from contracts.topics import EVENT_TYPES, GATES, inbox_parts
from corpus.good import good, new_id
from ops.checking.verdicts import ONLY_THE_GATE, Verdict
from outcomes_service.indicators import catalogue
from referral_service.domain import Persons, Referral, accepted, person_key
from servicekit.fold import fold
from servicekit.folded import Surroundings
from servicekit.partners import Partner
from servicekit.reading import Item, read

NOW: Final = datetime(2026, 11, 1, tzinfo=UTC)
EVENTS: Final = frozenset(kind.event for kind in EVENT_TYPES.values() if kind.topic in GATES)
PARTNERS: Final = Registered(
    *(Partner(name=name, number=n, schemes=frozenset(known().schemes), events=EVENTS)
      for n, name in enumerate(("corpus", "acme"), 1))
)  # fmt: skip
_HEARS: Final = {
    "referral": (referral_service.handlers.HEARS, Referral, known()),
    "case": (case_service.handlers.HEARS, case.Case, case.Known(known().schemes)),
    "outcomes": (
        outcomes_service.handlers.HEARS, outcomes.Outcomes, catalogue.Known(known().schemes, known().register),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Said:
    """The one thing that was said of a record, as its receipt has it, and the ending by which it is counted."""

    fate: str
    reason: str | None
    field: str | None
    expected: str | None
    ending: str


def judged(record: Record, opened: Record) -> Said:
    """What its gate says to a record once the referral of `opened` was made. Nothing of the record is remembered."""
    parts = inbox_parts(record.topic)
    gate = GATES[parts[1]] if parts else "case"
    folded = _folded(gate, record, _documents(gate, opened))
    endings = [ending for counted in folded.endings.values() for ending in counted.elements()]
    told = [json.loads(out.value) for out in folded.out if out.topic.startswith("receipts.")]
    assert len(endings) == len(told) == 1, (endings, told)
    assert len(folded.parked) == (endings[0] == "parked"), folded.parked
    return Said(told[0]["fate"], *(told[0].get(name) for name in ("reason", "field", "expected")), ending=endings[0])


def agree(verdict: Verdict, told: Said) -> bool:
    """Whether `footing check` said what the gate said; of what only the gate can say it says nothing.

    A correction waits for what it corrects before its gate asks the scheme, which `footing check` asks at once.
    """
    if told.fate == "waiting" and verdict.reason is not None:
        return not REASONS[verdict.reason].stateless
    if verdict.ok:
        return told.reason is None or told.reason in ONLY_THE_GATE
    said = (verdict.fate, verdict.reason, verdict.field, verdict.expected)
    return said == (told.fate, told.reason, told.field, told.expected)


@cache
def opening() -> Record:
    """The record that makes the referral of the corpus, which its events are about."""
    return good("referral-made", new_id())


@cache
def _documents(gate: str, opened: Record) -> dict[str, Any]:
    """What a gate keeps once the referral was made."""
    record = opened
    if gate != "referral":
        made = codec.decode_inbox(opened)
        assert isinstance(made, Event), made
        said = Event(**{name: getattr(made, name) for name in made.__slots__} | {"data": accepted(made, known(), None)})
        record = codec.encode(said, accepted_at=NOW, sequence=1)
    folded = _folded(gate, record, {})
    assert not folded.parked, folded.parked
    return {key: change.after for key, change in folded.changes.items()}


def _folded(gate: str, record: Record, documents: dict[str, Any]) -> Any:
    hears, document, known_there = _HEARS[gate]
    item = read(record, PARTNERS, remembers=True)
    around = Surroundings(hears, document, PARTNERS, known_there, NOW, _persons(item), {}, {})  # type: ignore[arg-type]  # of any service
    return fold([item], documents, around)  # type: ignore[arg-type]  # of any service


def _persons(item: Item) -> Persons:
    token = getattr(getattr(item.read, "data", None), "person_token", None)
    if token is None or not isinstance(item.read, Event):
        return Persons()
    return Persons({person_key(item.read.partner, item.read.data.scheme_id, token): numbered(7000)})  # type: ignore[attr-defined]
