"""What a parked group does to the figures, in the words of the people who read them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ops.alarms.lacking import PARKED, impact_of
from ops.parking.groups import Group

if TYPE_CHECKING:
    from ops.impact import Impact


def meaning_of(group: Group) -> str:
    """Which schemes, how many events, which measures are short by how many at most."""
    return words_of(short_by(group))


def words_of(short: Sequence["Impact"]) -> str:
    """The same of what it is short by."""
    return " ".join(each.words for each in short) or "No figure: it is the canary's."


def short_by(group: Group) -> Sequence["Impact"]:
    """The same to reckon with, scheme by scheme where that is known."""
    return impact_of([(group.service, row) for row in group.in_hand], PARKED)
