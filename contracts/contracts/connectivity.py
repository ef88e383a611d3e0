"""The connectivity event: every 15 minutes each partner's topic of receipts says that the way back to it is open."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, StringConstraints

from contracts.envelope import Instant, Record
from contracts.ids import new_id
from contracts.topics import PARTNER_PATTERN, receipts

TYPE: Final = "footing.connectivity.v1"
SOURCE: Final = "urn:footing:partner:footing:door"


class Connectivity(BaseModel):
    """What it says: whose way back is open, and when the next one is due. It is about no event and no person."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    partner: Annotated[str, StringConstraints(pattern=f"^{PARTNER_PATTERN}$")]
    """The partner: you."""
    at: Instant
    """When it was said."""
    next_at: Instant
    """When the next one is due; none by then means that something on the way back is broken."""


def record(partner: str, at: datetime, next_at: datetime) -> Record:
    """The record for `receipts.<partner>`, in binary mode, its own id as the key. A receipt has no `ce_type`."""
    identity = new_id().encode()
    said = Connectivity(partner=partner, at=at, next_at=next_at)
    headers = (
        ("ce_specversion", b"1.0"),
        ("ce_id", identity),
        ("ce_source", SOURCE.encode()),
        ("ce_type", TYPE.encode()),
        ("ce_time", said.at.isoformat().replace("+00:00", "Z").encode()),
        ("content-type", b"application/json"),
    )
    return Record(receipts(partner), -1, -1, identity, said.model_dump_json().encode(), headers)
