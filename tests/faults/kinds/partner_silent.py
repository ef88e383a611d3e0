"""A partner that spoke once a week has said nothing for twenty days; then it sends what is missing."""

from datetime import UTC, datetime, timedelta
from typing import Any

from support.outsider import new_id

from contracts.receipt import Position, Receipt
from contracts.topics import inbox, receipts
from faults.fault import Fault, Planted
from faults.system import System
from faults.telling import course

_PARTNER = "hush"
_SILENT_DAYS = 20


def _plant(system: System) -> Planted:
    last = datetime.now(UTC) - timedelta(days=_SILENT_DAYS)
    system.partners[_PARTNER].send(_receipt(last - timedelta(weeks=week)) for week in (2, 1, 0))
    why = ("--why", "agreed with them")
    system.surely("partner", "expect", _PARTNER, "session-held", "--every", "1d", *why)
    return Planted()


def _receipt(at: datetime) -> dict[str, Any]:
    """What a gate said then of a session that it accepted."""
    event_id, place = new_id(), Position(topic=inbox(_PARTNER, "session-held"), partition=0, offset=0)
    said = Receipt(
        event_id=event_id, type="footing.session-held.v1", referral_id=event_id, fate="accepted", at=at, position=place
    )
    headers = [("content-type", b"application/json")]
    return {
        "topic": receipts(_PARTNER), "key": event_id.encode(), "value": said.model_dump_json().encode(),
        "headers": headers,
    }  # fmt: skip


def _mend(system: System, _planted: Planted) -> None:
    """Asked, the partner finds its sender stopped, and sends what is missing."""
    system.partners[_PARTNER].publish(*course())


FAULT = Fault("partner-silent", "A partner is silent", "FootingPartnerSilent", "partner-silent", _plant, _mend)
