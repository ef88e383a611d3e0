"""What every gate asks before its handler: may this partner say this, and can it have happened already?"""

from datetime import datetime
from typing import Final

from contracts.codec import objects_to_time
from contracts.entry_withdrawn import EntryWithdrawn
from contracts.envelope import Event, Payload, Problem
from contracts.topics import EVENT_TYPES
from servicekit.partners import Partner

DISABLED: Final = Problem("partner_disabled", "source", "a partner that is enabled")


def objects_to(event: Event[Payload], partner: Partner, at: datetime) -> Problem | None:
    """Why the partner may not say this now, or None."""
    if partner.disabled:
        return DISABLED
    kind = event.data.withdraws.type if isinstance(event.data, EntryWithdrawn) else event.type
    if EVENT_TYPES[kind].event not in partner.events:
        return Problem("event_not_yours", "type", "a type of your registration")
    if partner.testing and not getattr(event.data, "synthetic", False):
        return Problem("synthetic_only", "data.synthetic", "true")
    return objects_to_time(event, at)
