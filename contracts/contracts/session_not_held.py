"""SessionNotHeld: a planned session did not take place. Restricted: it reaches no employer and no jobcentre."""

from contracts import vocabulary as v
from contracts.envelope import Correctable, Instant, Uuid


class SessionNotHeld(Correctable):
    """One planned session that was not held; the envelope's `time` is when that was known."""

    session_id: Uuid
    planned_at: Instant
    mechanism: v.Mechanism
    attendance: v.AttendanceNotHeld
