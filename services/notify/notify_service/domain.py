"""Who may be told what: the table, what is known of a referral, and what follows from both. Nothing here does I/O."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

import msgspec

from servicekit.days import start_of
from servicekit.documents import Document
from servicekit.reading import OURSELVES

_NOTICES: Final = uuid.UUID("8f4f0f0e-3a51-5f0e-9d0a-6f6f74696e67")  # the namespace of our message ids

PROVIDER: Final = "provider"
ALL: Final = (
    "on", "scheme_id", "scheme_area", "source_code", "referrer_system", "referrer_code", "employment_status",
    "sickness_absence", "kind", "what", "due_on", "checkpoint_weeks",
)  # fmt: skip
_REFERRAL: Final = tuple(name for name in ALL if name not in ("kind", "what", "due_on", "checkpoint_weeks"))

# (recipient, purpose) -> what may be told, and which of its details go with it. What is not here is told to nobody.
# Every message carries the referral's id. "Nothing" stands as an empty entry, so that each pair is decided.
TABLE: Final[Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]]] = {
    ("referring_gp", "receipt"): {"referral_received": (), "taken_up": (), "declined": ()},
    ("referring_gp", "progress"): {"plan_agreed": (), "programme_completed": ()},
    ("referring_gp", "outcome"): {"outcome": ("kind", "on")},
    # so that the provider can accept or decline; whom it is to see is for its own system to know
    (PROVIDER, "receipt"): {"referral_received": _REFERRAL},
    (PROVIDER, "progress"): {"follow_up_due": ("what", "due_on", "checkpoint_weeks")},
    (PROVIDER, "outcome"): {},
    ("employer", "receipt"): {"referral_received": ()},
    # said once, without a day: a number of messages or a date would tell of sessions
    ("employer", "progress"): {"adjustments": ()},
    ("employer", "outcome"): {},
    ("jobcentre", "receipt"): {"referral_received": ()},
    ("jobcentre", "progress"): {},
    ("jobcentre", "outcome"): {},
    ("person", "receipt"): {"referral_received": ALL, "taken_up": ALL, "declined": ALL},
    ("person", "progress"): {"plan_agreed": ALL, "programme_completed": ALL, "adjustments": ALL, "follow_up_due": ALL},
    ("person", "outcome"): {"outcome": ALL},
}
NEEDS_NO_PERMISSION: Final = frozenset({PROVIDER})
_SYSTEMS: Final = {"referring_gp": "ods", "employer": "employer", "jobcentre": "jobcentre"}
EACH_TOLD: Final = frozenset({"outcome", "follow_up_due"})  # once an event; everything else once a referral


class Fact(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that somebody may be told: what it is, the day it is of, its details."""

    what: str
    on: date
    details: dict[str, str | int] = {}


class Saying(msgspec.Struct, frozen=True, omit_defaults=True):
    """The person gave (or withdrew) one permission from a day on."""

    recipient: str
    purpose: str
    on: date
    given: bool


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One accepted event, as far as it matters here. `sequence` orders the events of one gate."""

    key: str
    accepted_on: date
    sequence: int
    facts: tuple[Fact, ...] = ()
    sayings: tuple[Saying, ...] = ()


class Referral(Document, kw_only=True, omit_defaults=True):
    """What is known of a referral, in any order of arrival. `void` are the keys of events corrected or withdrawn."""

    entries: tuple[Entry, ...] = ()
    void: frozenset[str] = frozenset()
    synthetic: bool = False
    erased_at: datetime | None = None

    def standing(self) -> Iterator[Entry]:
        """The entries that hold."""
        return (entry for entry in self.entries if self.void.isdisjoint(_voided_as(entry.key)))


class Cell(NamedTuple):
    """One thing to tell one recipient. `about` is the event where each is told, empty where it is told once."""

    recipient: str
    purpose: str
    what: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A message that may be sent now or from `not_before` on. `id` is the same however often it is worked out.

    `scheme_id` and `organisation` (the recipient's code, where the referral names it) say to whom it goes; only
    `data` is told.
    """

    id: str
    cell: Cell
    not_before: date
    scheme_id: str
    organisation: str | None
    synthetic: bool
    data: Mapping[str, str | int | bool]

    @property
    def queue(self) -> str:
        """Whom one waits for: a recipient that fails delays nobody else."""
        whom = f"{self.cell.recipient}/{self.organisation or self.scheme_id}"
        return f"{whom}/synthetic" if self.synthetic else whom


def _voided_as(key: str) -> tuple[str, str]:
    """The names under which an event can be made void: its partner's word, or ours for the partner."""
    return key, f"{OURSELVES}/{key.partition('/')[2]}"


def key_of(partner: str, kind: str, event_id: str) -> str:
    """What an event is known by: (partner, type, id)."""
    return f"{partner}/{kind}/{event_id}"


def with_entry(referral: Referral, entry: Entry, *, void: Iterable[str] = (), synthetic: bool = False) -> Referral:
    """The referral that also knows this event; the same again if it knew it."""
    known = any(other.key == entry.key for other in referral.entries)
    entries = referral.entries if known or not (entry.facts or entry.sayings) else (*referral.entries, entry)
    return msgspec.structs.replace(
        referral, entries=entries, void=referral.void | set(void), synthetic=referral.synthetic or synthetic
    )


def erased(referral: Referral, at: datetime) -> Referral:
    """What is left of a referral: that it was erased, and when."""
    return Referral(id=referral.id, version=referral.version, erased_at=referral.erased_at or at)


def permitted_from(entries: Iterable[Entry]) -> dict[tuple[str, str], date]:
    """From which day each (recipient, purpose) may be told; who is not there may not.

    A permission stands if it came after every withdrawal, by its day and by its acceptance: in doubt nothing is told.
    """
    given: defaultdict[tuple[str, str], list[tuple[date, int]]] = defaultdict(list)
    stopped: dict[tuple[str, str], tuple[date, int]] = {}
    for entry in entries:
        for saying in entry.sayings:
            pair = saying.recipient, saying.purpose
            if saying.given:
                given[pair].append((saying.on, entry.sequence))
            else:
                day, sequence = stopped.get(pair, (saying.on, entry.sequence))
                stopped[pair] = max(day, saying.on), max(sequence, entry.sequence)
    permitted: dict[tuple[str, str], date] = {}
    for pair, said in given.items():
        day, sequence = stopped.get(pair, (date.min, -1))
        if stands := [on for on, accepted in said if on >= day and accepted > sequence]:
            permitted[pair] = min(stands)
    return permitted


def owed(referral: Referral, oldest_days: int) -> dict[str, Notice]:
    """Everything that may be told about a referral, by message id, whether it was told already or not.

    What is older than `oldest_days` on the day when it could first be told is told to nobody: a backfill of last
    year's referrals is no news.
    """
    opening = [entry for entry in referral.standing() if _opens(entry)]
    made = max(opening, key=lambda entry: entry.sequence, default=None)
    if made is None or referral.erased_at is not None:
        return {}
    about = next(fact for fact in made.facts if fact.what == "referral_received").details
    permitted = permitted_from(referral.standing())
    notices = (
        _notice(
            referral,
            about,
            cell=Cell(recipient, purpose, what, key),
            fact=fact,
            fields=fields,
            not_before=max(accepted_on, since),
        )
        for (recipient, purpose), cells in TABLE.items()
        if (since := date.min if recipient in NEEDS_NO_PERMISSION else permitted.get((recipient, purpose))) is not None
        for what, fields in cells.items()
        for key, accepted_on, fact in _facts(referral, made, what)
        if max(accepted_on, since) - fact.on <= timedelta(days=oldest_days)
    )
    return {notice.id: notice for notice in notices}


def _opens(entry: Entry) -> bool:
    return any(fact.what == "referral_received" for fact in entry.facts)


def _facts(referral: Referral, made: Entry, what: str) -> Iterator[tuple[str, date, Fact]]:
    """(event or "", day of acceptance, fact) of everything of this kind that is to be told."""
    found = [
        (entry.key, entry.accepted_on, fact)
        for entry in referral.standing()
        for fact in entry.facts
        if fact.what == what and (entry is made or what != "referral_received")
    ]
    if what in EACH_TOLD:
        yield from found
    elif found:
        _, accepted_on, first = min(found, key=lambda each: (each[2].on, each[0]))
        # a referral corrected to another scheme is new to the provider of that one
        yield str(first.details.get("scheme_id", "")), accepted_on, first


def _notice(
    referral: Referral, about: Mapping[str, Any], *, cell: Cell, fact: Fact, fields: tuple[str, ...], not_before: date
) -> Notice:
    known = {**fact.details, "on": fact.on.isoformat()}
    data = {name: known[name] for name in fields if name in known}
    return Notice(
        id=str(uuid.uuid5(_NOTICES, "/".join((referral.id, *cell)))),
        cell=cell,
        not_before=not_before,
        scheme_id=about["scheme_id"],
        organisation=_organisation(cell.recipient, about),
        synthetic=referral.synthetic,
        data={"referral_id": referral.id, **data, **({"synthetic": True} if referral.synthetic else {})},
    )


def _organisation(recipient: str, about: Mapping[str, Any]) -> str | None:
    """The recipient's own code, if it is the one who referred: of another GP or employer nothing is known."""
    return about["referrer_code"] if about.get("referrer_system") == _SYSTEMS.get(recipient, "") else None


def row_of(notice: Notice, referral_id: str, at: datetime) -> dict[str, Any]:
    """The notification as it is put down in the transaction that makes it due. What is told is not stored with it."""
    return {
        "_id": notice.id,
        "referral_id": referral_id,
        "queue": notice.queue,
        "recipient": notice.cell.recipient,
        "what": notice.cell.what,
        "state": "pending",
        "accepted_at": at,
        "next_attempt_at": max(at, start_of(notice.not_before)),
        "attempts": 0,
    }
