"""What the door and the gates say to what is sent, as far as that and the schemes here can tell: their own code."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final, Literal
from urllib.parse import unquote

from contracts.codec import decode_inbox, objects_to_time, said_by
from contracts.envelope import Event, Payload, Problem, Refusal
from contracts.fit_notes_counted import FitNotesCounted
from contracts.reasons import REASONS
from contracts.referral_made import ReferralMade
from contracts.topics import EVENT_TYPES, GATES, OURSELVES
from door_service import domain as door
from ops.checking.inputs import Asked, Found, Sent
from ops.errors import Missing
from schemes import SchemeMistakes, Schemes, load, objects_to, register
from schemes.register import Register
from servicekit.days import day_of
from servicekit.partners import Partner

# What follows from schemes, register and clock, which are here; the gate may have others of a later day.
_BY_SCHEMES: Final = (
    "scheme_unknown", "scheme_closed", "route_not_taken", "area_unknown", "area_ambiguous", "practice_unknown",
    "person_missing", "person_not_expected", "time_in_future",
)  # fmt: skip
ONLY_THE_GATE: Final = tuple(
    code for code, reason in REASONS.items() if reason.found == "gate" and code not in _BY_SCHEMES
)

_SOURCE: Final = re.compile(rb'"source"\s*:\s*"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Verdict:
    """What can be said of one event. `ok` False is final; True leaves what only the gate can say.

    `fate`: `refused` or `parked` (no id can be read, so nobody's event is refused); None if `ok`. `status`: the HTTP
    status where the door says it.
    """

    record: str
    read_as: str
    ok: bool
    fate: Literal["refused", "parked"] | None
    event_id: str | None
    type: str | None
    reason: str | None = None
    field: str | None = None
    expected: str | None = None
    meaning: str | None = None
    remedy: str | None = None
    status: int | None = None


def verdicts_on(found: Found, now: datetime) -> Iterator[Verdict]:
    """One verdict on a record, one on a request, or one on each event of a batch."""
    if isinstance(found, Sent):
        read = decode_inbox(found.record)
        yield _verdict(found.name, found.read_as, _objected(read, now), parks=True)
        return
    answers = _answers(found, now)
    if isinstance(answers, Problem):
        yield _verdict(found.name, found.read_as, Refusal(answers))
        return
    for number, answer in enumerate(answers, 1):
        name = f"{found.name}, event {number}" if len(answers) > 1 else found.name
        read = answer.event if isinstance(answer, door.Taken) else answer
        yield _verdict(name, found.read_as, _objected(read, now))


def _answers(asked: Asked, now: datetime) -> Sequence[door.Taken | Refusal] | Problem:
    """What the door answers, but for what it knows of the partner."""
    headers = {name: value.decode("latin-1") for name, value in asked.headers}
    kind = door.kind_of(headers.get(b"content-type", ""), headers.get(b"content-encoding", ""))
    if isinstance(kind, Problem):
        return kind
    if len(asked.body) > door.LARGEST_BODY_BYTES[kind]:
        return door.too_large(kind)
    if kind == door.JSON:
        partner = _partner(unquote(headers.get(b"ce-source", "")))
        return [door.binary(asked.headers, asked.body, partner, now)]
    partner = _partner(_source_in(asked.body))
    return door.batch(asked.body, partner, now) if kind == door.BATCH else [door.structured(asked.body, partner, now)]


def _partner(source: str) -> Partner:
    """Whom the event names as its source, with every right: what a partner may say, only door and gates know."""
    name = said_by(source)
    events = frozenset(kind.event for kind in EVENT_TYPES.values() if kind.topic in GATES)
    known_as = "nobody" if name in (None, OURSELVES) else str(name)  # nobody has a credential in our own name
    return Partner(name=known_as, number=0, schemes=frozenset(_schemes()), events=events)


def _source_in(body: bytes) -> str:
    """The source of a structured event, or of the first of a batch that names one: one credential speaks for all."""
    found = _SOURCE.search(body)
    return found[1].decode(errors="replace") if found else ""


def _objected(read: Event[Payload] | Refusal, now: datetime) -> Event[Payload] | Refusal:
    """What a gate objects to in an event that could be read: by its clock, the schemes and the register."""
    if isinstance(read, Refusal):
        return read
    problem = objects_to_time(read, now) or _objection(read)
    return read if problem is None else Refusal(problem, read.id, read.type, read.subject)


def _objection(event: Event[Payload]) -> Problem | None:
    if isinstance(event.data, ReferralMade):
        found = objects_to(event.data, _schemes().get(event.data.scheme_id), day_of(event.time), _register())
        return Problem(found.code, found.field, found.expected) if found else None
    if isinstance(event.data, FitNotesCounted) and _register().practice(event.data.practice.code) is None:
        return Problem("practice_unknown", "data.practice.code", "a practice of the register")
    return None


@cache
def _schemes() -> Schemes:
    try:
        return load()
    except (SchemeMistakes, OSError):
        hint = "`footing schemes check` says what is wrong."
        raise Missing("The schemes cannot be read.", hint) from None


@cache
def _register() -> Register:
    try:
        return register.load()
    except (register.RegisterUnreadable, OSError):
        raise Missing("The practice register cannot be read.", "See schemes/README.md for where it stands.") from None


def _verdict(name: str, read_as: str, read: Event[Payload] | Refusal, *, parks: bool = False) -> Verdict:
    """`parks`: a record of Kafka, which is parked where its id cannot be read; the door answers 4xx."""
    if isinstance(read, Event):
        return Verdict(name, read_as, True, None, read.id, read.type)
    problem, reason = read.problem, REASONS[read.problem.code]
    return Verdict(
        name,
        read_as,
        False,
        "parked" if parks and read.event_id is None else "refused",
        read.event_id,
        read.type,
        problem.code,
        problem.field,
        problem.expected,
        reason.meaning,
        reason.remedy,
        None if parks else reason.status,
    )
