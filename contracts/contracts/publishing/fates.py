"""What publishing comes to: the fate of an event, or an error that says whether it may have been taken."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from contracts.envelope import Event
from contracts.receipt import Receipt

FINAL: Final = frozenset({"accepted", "refused"})
OF_THE_RECORD: Final = frozenset({"duplicate", "id_reused"})  # these say nothing of the event that was taken before
_RANK: Final = {"received": 1, "waiting": 2, "parked": 2, "refused": 3, "accepted": 4}


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of an event: `accepted`, `refused`, `waiting`, `parked`, `id_reused`, or `received` and no more yet.

    A refusal has its reason code, the field and what was expected (`contracts.reasons.REASONS` tells the remedy).
    """

    event_id: str
    fate: str
    reason: str | None = None
    field: str | None = None
    expected: str | None = None
    at: datetime | None = None

    @property
    def is_final(self) -> bool:
        """Whether nothing more is to be heard of the event."""
        return self.fate in FINAL


class PublishError(Exception):
    """The fate of `event` is not known. Publishing the same event again is always safe: it counts once."""

    def __init__(self, event: Event[Any], why: str) -> None:
        super().__init__(f"{event.type} {event.id}: {why}")
        self.event = event


class NotTaken(PublishError):  # noqa: N818  it reads as what it says
    """Nobody said that the event was taken: publish it again."""


class NoAnswer(PublishError):  # noqa: N818  it reads as what it says
    """The event was taken, and no gate has answered in time: ask `fate_of`, or publish it again."""


class NotAllowed(PublishError):  # noqa: N818  it reads as what it says
    """The credential is missing or is nobody's: nothing else will be taken with it."""


def of_receipt(receipt: Receipt) -> Fate:
    """What one receipt says."""
    return Fate(receipt.event_id or "", receipt.fate, receipt.reason, receipt.field, receipt.expected, receipt.at)


def latest(receipts: Iterable[Receipt]) -> Fate | None:
    """The fate that the receipts of one event add up to: accepted once is accepted for ever, then the latest word."""
    about_it = [receipt for receipt in receipts if receipt.fate not in OF_THE_RECORD]
    return of_receipt(max(about_it, key=lambda each: (_RANK[each.fate], each.at))) if about_it else None
