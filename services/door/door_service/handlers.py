"""What the door does with each receipt that a gate (or the door) wrote: keep it for the partner who asks."""

from datetime import UTC, datetime
from typing import Final

from pydantic import ValidationError

from contracts.envelope import Event, Payload, Problem, Record, Refusal
from contracts.receipt import Receipt, is_receipt
from door_service.domain import Fates, Said, with_receipt
from servicekit.days import to_milliseconds
from servicekit.endings import Accept, Ending, Ignore
from servicekit.hears import Hears, Moment
from servicekit.partners import Partners
from servicekit.reading import Item

_NEVER: Final = datetime.min.replace(tzinfo=UTC)  # what no handler hears needs no time
UNREADABLE: Final = "unreadable"  # the type of an event whose type could not be read


class Receipted(Payload):
    """A receipt in the shape in which a loop hands things to its handlers."""

    receipt: Receipt


class NoReceipt(Payload):
    """What else stands on the topic says nothing of an event: no handler hears it."""


def on_receipt(fates: Fates, event: Event[Receipted], _at: Moment[None]) -> Ending[Fates]:
    """One more thing is known of an event."""
    receipt = event.data.receipt
    said = Said(
        type=receipt.type or UNREADABLE,
        fate=receipt.fate,
        at=to_milliseconds(receipt.at),
        place=_place(receipt),
        referral_id=receipt.referral_id,
        reason=receipt.reason,
        field=receipt.field,
        expected=receipt.expected,
    )
    after = with_receipt(fates, said)
    return Ignore() if after == fates else Accept(after)


HEARS: Final[Hears[Fates, None]] = Hears(follow={Receipted: on_receipt})


def read_receipt(record: Record, _partners: Partners) -> Item:
    """A record of `receipts.<partner>` as a loop takes it up. Receipts are no CloudEvents. Cannot fail."""
    if not is_receipt(record.headers):
        return Item(record, None, _event(record, record.place, _NEVER, NoReceipt()))
    try:
        receipt = Receipt.model_validate_json(record.value or b"")
    except ValidationError:
        return Item(record, None, Refusal(Problem("not_json", "value", "a receipt")))
    event_id = receipt.event_id or _place(receipt)  # no id could be read
    return Item(record, None, _event(record, event_id, receipt.at, Receipted(receipt=receipt)))


def _event(record: Record, event_id: str, time: datetime, data: Payload) -> Event[Payload]:
    partner = record.topic.removeprefix("receipts.")
    return Event(
        id=event_id,
        type="receipt",
        source=f"urn:footing:partner:{partner}",
        partner=partner,
        subject=f"{partner}/{event_id}",
        time=time,
        data=data,
    )


def _place(receipt: Receipt) -> str:
    return receipt.position.place
