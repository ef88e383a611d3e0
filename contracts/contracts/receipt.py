"""What a partner gets back: one receipt for each change of an event's fate."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contracts.code_lists import FATE

Fate = Literal["received", "waiting", "parked", "accepted", "refused", "duplicate", "id_reused"]


class Position(BaseModel):
    """Where the record stands."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    topic: str
    """The topic: one of your inboxes."""
    partition: int
    """The partition."""
    offset: int
    """The offset."""

    @property
    def place(self) -> str:
        """As `Record.place`."""
        return f"{self.topic}/{self.partition}/{self.offset}"


class Receipt(BaseModel):
    """The value of a record of `receipts.<partner>`; its key is the event id (or the place, if none was readable)."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    event_id: str | None
    """The event's id; null where none could be read."""
    type: str | None
    """The event's type, as far as it could be read."""
    referral_id: str | None
    """The event's subject, as far as it could be read."""
    fate: Fate = Field(title=FATE.title)
    """What became of it."""
    reason: str | None = None
    """Why it was refused or parked, or an id was used again: a reason code of the contract."""
    field: str | None = None
    """Where in the event: a path such as `data.plan.aim`, an attribute's name, `key` or `value`."""
    expected: str | None = None
    """What was expected there, in words or codes; never what was sent."""
    at: datetime
    """When this was decided."""
    position: Position
    """The record that this is about."""


def read(record: Any) -> Receipt | None:
    """The receipt of a record of any client; what else stands on the topic and a later version are passed over."""
    try:
        return Receipt.model_validate_json(record.value or b"") if is_receipt(record.headers) else None
    except ValidationError:
        return None


def is_receipt(headers: Iterable[tuple[str, Any]]) -> bool:
    """Whether a record of `receipts.<partner>` is a receipt: what has a `ce_type` there is a CloudEvent, and none."""
    return all(name != "ce_type" for name, _ in headers)
