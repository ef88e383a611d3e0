"""Pure: what would become of parked records, as an operator is shown it before anything is done. No value of an event.

It is worked out by the very fold that would do it, in a transaction that is given up.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import msgspec

from servicekit.companion import Change
from servicekit.documents import Document
from servicekit.parked import Again, Entry, Failure

_OF_THE_LOOP: Final = ("id", "version", "waiting", "parked", "last_parked")


def only_tried(entries: Sequence[Entry]) -> bool:
    """Whether nothing is asked of these but what would come of it."""
    asked = [entry.asked for entry in entries if entry.asked]
    return bool(asked) and all(each.trial for each in asked)


def without_trials(entries: Sequence[Entry]) -> list[Entry]:
    """The entries as they are handled where something is really asked of one of them."""
    return [replace(entry, asked=None) if entry.asked and entry.asked.trial else entry for entry in entries]


def trial(entries: Sequence[Entry], again: Again[Any], figures: Sequence[Any], at: datetime) -> dict[str, Any]:
    """What would come of it, as MongoDB keeps it with the record."""
    endings: Counter[str] = sum(again.folded.endings.values(), Counter())
    stuck = None
    if again.stuck:
        entry, cause, where = again.stuck
        stuck = {"place": entry.record.place, "cause": cause, "where": where}
    return {
        "asked_at": at,
        "offered": len(entries),
        "gone": len(again.gone),
        "endings": {ending: n for ending, n in sorted(endings.items()) if n > 0},
        "refused": dict(again.folded.refused),
        "stuck": stuck,
        "announced": dict(Counter(out.topic for out in again.folded.out if "." not in out.topic)),
        "documents": [_difference(change) for change in again.folded.changes.values()],
        "figures": list(figures),
    }


def _difference(change: Change[Document]) -> dict[str, Any]:
    """How a document would differ: versions, numbers, and the names of fields, not what they say."""
    before, after = change.before, change.after
    fields = [name for name in after.__struct_fields__ if name not in _OF_THE_LOOP]
    return {
        "id": after.id,
        "version": [before.version, after.version],
        "waiting": [len(before.waiting), len(after.waiting)],
        "parked": [before.parked, after.parked],
        "fields": [name for name in fields if getattr(before, name) != getattr(after, name)],
    }


def failed_again(entry: Entry, cause: str, where: str, now: datetime) -> dict[str, Any]:
    """What is kept of a record that failed once more: how it failed first and last, and how often."""
    first = msgspec.to_builtins(entry.first or Failure(cause, where, now), builtin_types=(datetime,))
    return {"cause": cause, "where": where, "tried_at": now, "first": first, "failures": entry.failures + 1}
