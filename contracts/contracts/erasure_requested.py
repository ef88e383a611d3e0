"""ErasureRequested: everything kept about a person's referral goes. Our own; read first by every rebuild."""

from contracts import vocabulary as v
from contracts.envelope import AboutReferral, Uuid


class ErasureRequested(AboutReferral):
    """Everything kept about the referral goes. Each referral of the person gets one."""

    person_ref: Uuid | None = None
    """The random reference of the person."""
    reason_code: v.ErasureReason
    """Why."""
