"""Which parked records are meant: one, those of a key, a group, or all; and what may be asked of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ops.parked import ParkedRecords, ParkedRefused, Row, may_be_discarded
from ops.parking.groups import members

RETRY: Final = "retry"
DISCARD: Final = "discard"


@dataclass(frozen=True, slots=True)
class Choice:
    """At most one of these is said; all of it where none is."""

    place: str = ""
    key: str = ""
    group: str = ""

    def __str__(self) -> str:
        return self.place or self.key or self.group or "all"


def chosen(there: ParkedRecords, what: str, choice: Choice) -> list[Row]:
    """The records of which it is to be asked. Raises `ParkedRefused`.

    Retried are the first of each key, and with them what stands behind them; discarded is what is named.
    """
    rows = named(there, choice)
    if what == DISCARD:
        _check_discardable(rows)
    elif choice.place or choice.key:
        return there.first_of_each(rows)
    return rows


def named(there: ParkedRecords, choice: Choice) -> list[Row]:
    """What is named: of a group, and of all, the first of each key. Raises `ParkedRefused`."""
    if choice.place:
        return there.at(choice.place)
    if choice.key:
        if not (rows := there.of_key(choice.key)):
            raise ParkedRefused(f"Nothing is parked of {choice.key}. See: footing parked list")
        return rows
    return members(there.heads(), choice.group) if choice.group else there.heads()


def _check_discardable(rows: Iterable[Row]) -> None:
    accepted = next((row.place for row in rows if not may_be_discarded(row)), None)
    if accepted:
        raise ParkedRefused(
            f"{accepted} was accepted: without it read models would differ from the log. Mend what keeps it, "
            f"then: footing parked retry {accepted}"
        )
