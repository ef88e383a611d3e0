"""ErasureRequested: everything kept about a person's referral goes. Our own; read first by every rebuild."""

from contracts import vocabulary as v
from contracts.envelope import AboutReferral, Uuid


class ErasureRequested(AboutReferral):
    """One event for each referral of the person, so that it reaches each in its own lane."""

    person_ref: Uuid | None = None
    """The random reference of the person."""
    reason_code: v.ErasureReason
    """Why."""
