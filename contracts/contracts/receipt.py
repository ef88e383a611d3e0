"""What a partner gets back: one receipt for each change of an event's fate."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

Fate = Literal["received", "waiting", "parked", "accepted", "refused", "duplicate", "id_reused"]


class Position(BaseModel):
    """Where the record stands."""

    topic: str
    partition: int
    offset: int


class Receipt(BaseModel):
    """The value of a record of `receipts.<partner>`; its key is the event id (or the place, if none was readable)."""

    model_config = ConfigDict(frozen=True)

    event_id: str | None
    type: str | None
    referral_id: str | None
    fate: Fate
    reason: str | None = None
    field: str | None = None
    expected: str | None = None
    at: datetime
    position: Position
