"""EntryWithdrawn: an earlier event is void. It travels on the topic, and through the gate, of what it voids."""

from contracts import vocabulary as v
from contracts.envelope import Payload, Uuid


class Target(Payload):
    """The event that is void, by its CloudEvents type and id; always the same partner's."""

    type: str
    id: Uuid


class EntryWithdrawn(Payload):
    """Voids one event. `referral_id` is absent only where the voided event is not about a referral."""

    referral_id: Uuid | None = None
    synthetic: bool = False
    withdraws: Target
    reason: v.WithdrawalReason
