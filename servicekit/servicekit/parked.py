"""Pure: parked records folded again when an operator asks for it, in the order in which they were parked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

import msgspec

from contracts.envelope import Problem, Record, Refusal
from servicekit.companion import Change
from servicekit.documents import Document
from servicekit.fold import fold
from servicekit.folded import BEHIND, Folded, Surroundings
from servicekit.outgoing import receipt
from servicekit.reading import Item

D = TypeVar("D", bound=Document)
K = TypeVar("K")

ORDER: Final = {"n": 1, "at": 1, "_id": 1}  # of the parked records of a key, as MongoDB sorts


@dataclass(frozen=True, slots=True)
class Asked:
    """What an operator wants of a parked record: `retry` it and what is behind it, or `discard` it, and why.

    `trial`: only to see what would come of it.
    """

    what: str
    at: datetime
    why: str | None = None
    trial: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """Why, where in the code and when a record could not be handled."""

    cause: str
    where: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One parked record as it is stored. `key` is None where nobody could say whose it is.

    `first`: how it failed the first time; None where it never was tried, but stood behind one that was.
    """

    id: str
    key: str | None
    n: int
    record: Record
    asked: Asked | None = None
    waited: bool = False
    first: Failure | None = None
    failures: int = 0


@dataclass(slots=True)
class Again(Generic[D]):
    """What folding again changes: `gone` are parked no more, `stuck` the first that still cannot be handled.

    With `stuck` stand why and where. `going`: nothing stopped it, so that what stands behind can be offered next.
    """

    folded: Folded[D] = field(default_factory=Folded)
    gone: list[Entry] = field(default_factory=list)
    stuck: tuple[Entry, str, str] | None = None
    going: bool = True


def entry_from(stored: Mapping[str, Any]) -> Entry:
    """A parked record as MongoDB gives it. One that was parked before records had numbers comes first."""
    said, asked = stored["record"], stored.get("asked")
    headers = tuple((name, value) for name, value in said["headers"])
    record = Record(said["topic"], said["partition"], said["offset"], said["key"], said["value"], headers)
    wanted = Asked(asked["what"], asked["at"], asked.get("why"), asked.get("trial", False)) if asked else None
    tried = stored["cause"] != BEHIND
    first = stored.get("first") or (stored if tried else None)
    failed = Failure(first["cause"], first.get("where", ""), first["at"]) if first else None
    failures, waited = stored.get("failures", int(tried)), stored.get("waited", False)
    return Entry(stored["_id"], stored["key"], stored.get("n", 0), record, wanted, waited, failed, failures)


def fold_again(
    entries: Sequence[tuple[Entry, Item]], documents: Mapping[str, D], around: Surroundings[D, K]
) -> Again[D]:
    """Fold parked records of one key, or one without a key, with the ordinary fold.

    They go in order until one cannot be handled; it stays, with all behind it. One that is to be discarded is refused
    wherever it stands. Nothing is offered unless it was asked for, or what stood before it was discarded.
    """
    again: Again[D] = Again()
    first = entries[0][0]
    again.going = first.asked is not None or any(entry.asked and entry.asked.what == "retry" for entry, _ in entries)
    now, seen = dict(documents), dict(around.seen)
    if first.key in now:
        now[first.key] = msgspec.structs.replace(now[first.key], parked=0)
    for entry, item in entries:
        if not (one := _step(again, entry, item, now, replace(around, seen=seen))):
            continue
        now |= {key: change.after for key, change in one.changes.items()}
        seen |= one.identities
        _add(again, one, entry)
        if _erases(item, one, around):
            again.folded.unparked = [first.key] if first.key else []
            break
    if first.key is not None and again.gone:
        _count_parked(again, first.key, documents.get(first.key), now.get(first.key))
    return again


def _step(
    again: Again[D], entry: Entry, item: Item, now: Mapping[str, D], around: Surroundings[D, K]
) -> Folded[D] | None:
    """What becomes of one record now; None if it stays where it is."""
    if entry.waited and item.identity in around.seen:  # by itself: no reason to call it a duplicate
        around = replace(around, seen={known: h for known, h in around.seen.items() if known != item.identity})
    if entry.asked and entry.asked.what == "discard":
        one = _discarded(item, now, around)
    elif again.going:
        one = fold([item], now, around)
    else:
        return None
    if entry.waited and item.identity:
        one.identities.pop(item.identity, None)  # it stands there since the record waited
    itself = next((parked for parked in one.parked if parked.record.place == entry.record.place), None)
    if itself is not None and (entry.key is not None or itself.key is None):
        again.stuck, again.going = (entry, itself.cause, itself.where), False
        return None
    return one


def _discarded(item: Item, now: Mapping[str, D], around: Surroundings[D, K]) -> Folded[D]:
    """Refused for good, as far as it has not a fate already. Its identity is taken, as that of any refused event."""
    if item.identity in around.seen:
        return fold([item], now, around)
    folded: Folded[D] = Folded()
    folded.endings[item.record.topic, item.record.partition]["refused"] += 1
    if item.partner is not None and around.partners.by_name(item.partner) is not None:
        problem = Problem("discarded", "id", "what is true, under a new id")
        folded.out.append(receipt(item, "refused", problem, around.now))
        folded.refused[problem.code] += 1
    if item.identity and not isinstance(item.read, Refusal):
        folded.identities[item.identity] = item.content or b""
    return folded


def _erases(item: Item, one: Folded[D], around: Surroundings[D, K]) -> bool:
    """Whether it was an erasure, which takes with it what is parked of its key."""
    applied = one.endings[item.record.topic, item.record.partition]["applied"]
    return bool(applied) and not isinstance(item.read, Refusal) and type(item.read.data) in around.hears.erases


def _add(again: Again[D], one: Folded[D], entry: Entry) -> None:
    """What one record changed, added to what those before it did; its ending is no longer `parked`."""
    total, position = again.folded, (entry.record.topic, entry.record.partition)
    again.gone.append(entry)
    for key, change in one.changes.items():
        first = total.changes[key].before if key in total.changes else change.before
        total.changes[key] = Change(first, change.after)
    total.identities |= one.identities
    total.out += one.out
    total.rows += one.rows
    # What waited and fails now takes the place that became free, before all that stands behind it.
    total.parked += [replace(p, n=entry.n) if p.key == entry.key else p for p in one.parked]
    total.refused.update(one.refused)
    if not entry.waited:  # such a record ended as waiting, and is counted so
        total.endings[position].update(one.endings[position])
        total.endings[position]["parked"] -= 1
    for place, waiting in one.waiting.items():
        total.waiting[place].update(waiting)


def _count_parked(again: Again[D], key: str, before: D | None, after: D | None) -> None:
    """How many records of the key are parked now; the change begins at the document as it is stored."""
    if before is None or after is None:
        return
    left = before.parked - len(again.gone) + after.parked
    if key in again.folded.unparked:
        again.folded.parked = [parked for parked in again.folded.parked if parked.key != key]
        left = 0
    again.folded.changes[key] = Change(before, msgspec.structs.replace(after, parked=left))
