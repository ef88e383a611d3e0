"""Which accepted events of a referral stand: recorded, corrected, withdrawn. The one place of these rules.

It knows an event by partner, type and id alone; every gate keeps an `Entries` in its document.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import msgspec

from contracts.entry_withdrawn import EntryWithdrawn
from contracts.envelope import Event, Payload, Problem
from servicekit.endings import Refuse, Wait

MOST_ENTRIES: Final = 2_000  # the contract's bound of accepted events a referral: it bounds the document


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One accepted event. `about` is what it records (a session id, an outcome id) where that may be recorded once."""

    partner: str
    type: str
    id: str
    about: str | None = None
    superseded_by: str | None = None
    withdrawn: bool = False

    @property
    def stands(self) -> bool:
        """Whether the event still holds: neither corrected nor withdrawn."""
        return self.superseded_by is None and not self.withdrawn


@dataclass(frozen=True, slots=True)
class Recorded:
    """The entries that an event makes, and the entry that it corrected or withdrew."""

    entries: "Entries"
    target: Entry | None = None


class Entries(msgspec.Struct, frozen=True, omit_defaults=True):
    """The accepted events of one referral at one gate, in the order of acceptance. Each method makes the next."""

    items: tuple[Entry, ...] = ()

    def seen(self, partner: str, kind: str, event_id: str) -> Entry | None:
        """The entry of this identity, if the event was accepted."""
        return next((e for e in self.items if e.id == event_id and e.type == kind and e.partner == partner), None)

    def standing(self, kinds: Collection[str]) -> tuple[Entry, ...]:
        """The entries of these types that still hold."""
        return tuple(entry for entry in self.items if entry.stands and entry.type in kinds)

    def record(
        self, event: Event[Payload], *, about: str | None = None, corrects: Collection[str] = ()
    ) -> Recorded | Wait | Refuse:
        """Add the event and mark what it supersedes.

        `about` names the field of the payload that says what is recorded: while one entry of the same value stands,
        another is `already_recorded`. `corrects` are the types that the event may supersede, its own unless given.
        """
        if len(self.items) >= MOST_ENTRIES:
            return Refuse(Problem("too_many_events", "subject", f"at most {MOST_ENTRIES} events a referral"))
        supersedes = getattr(event.data, "supersedes", None)
        target = None
        if supersedes is not None:
            found = self._target(event.partner, supersedes, corrects or (event.type,), "data.supersedes")
            if not isinstance(found, Entry):
                return found
            target = found
        value = getattr(event.data, about) if about else None
        if value is not None and self._is_recorded(value, target):
            return Refuse(Problem("already_recorded", f"data.{about}", "a correction with `supersedes`, or a new id"))
        entry = Entry(partner=event.partner, type=event.type, id=event.id, about=value)
        kept = self if target is None else self._with(target, msgspec.structs.replace(target, superseded_by=event.id))
        return Recorded(Entries((*kept.items, entry)), target)

    def _is_recorded(self, value: str, target: Entry | None) -> bool:
        same = [entry for entry in self.items if entry.about == value]  # next to none, and asked with every event
        return bool(same) and any(entry.stands and entry is not target for entry in same)

    def withdraw(self, event: Event[EntryWithdrawn], kinds: Collection[str]) -> Recorded | Wait | Refuse:
        """Mark what the event withdraws; `kinds` are the types that can be withdrawn at this gate."""
        voided = event.data.withdraws
        if voided.type not in kinds:
            expected = f"one of {', '.join(sorted(kinds))}"
            return Refuse(Problem("target_mismatch", "data.withdraws.type", expected))
        found = self._target(event.partner, voided.id, (voided.type,), "data.withdraws.id")
        if not isinstance(found, Entry):
            return found
        return Recorded(self._with(found, msgspec.structs.replace(found, withdrawn=True)), found)

    def _target(self, partner: str, event_id: str, kinds: Collection[str], field: str) -> Entry | Wait | Refuse:
        """The standing entry that is meant. One that is unknown, or another partner's, may still come: wait."""
        same_id = [entry for entry in self.items if entry.id == event_id and entry.partner == partner]
        meant = sorted((entry for entry in same_id if entry.type in kinds), key=lambda entry: not entry.stands)
        if not same_id:
            return Wait()
        if not meant:
            return Refuse(Problem("target_mismatch", field, f"an event of type {' or '.join(sorted(kinds))}"))
        last = self._last_of(meant[0])
        if last.withdrawn:
            return Refuse(Problem("already_withdrawn", field, "an event that stands"))
        if last is not meant[0]:
            return Refuse(Problem("already_superseded", field, last.id))
        return last

    def _last_of(self, entry: Entry) -> Entry:
        """Follow the corrections of an entry to the last one."""
        passed = [entry]
        while entry.superseded_by is not None:
            by = entry.superseded_by
            entry = next(e for e in self.items if e.id == by and e.partner == entry.partner and e not in passed)
            passed.append(entry)
        return entry

    def _with(self, old: Entry, new: Entry) -> "Entries":
        return Entries(tuple(new if entry is old else entry for entry in self.items))
