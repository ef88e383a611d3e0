"""SessionNotHeld: a planned session did not take place. Restricted: it reaches no employer and no jobcentre."""

from contracts import vocabulary as v
from contracts.envelope import Correctable, Instant, Uuid


class SessionNotHeld(Correctable):
    """One planned session that did not take place; the envelope's `time` is when that was known."""

    session_id: Uuid
    """The session: a UUID that you made. It may be that of a SessionHeld which this one corrects."""
    planned_at: Instant
    """When it should have started."""
    mechanism: v.Mechanism
    """How they should have met."""
    attendance: v.AttendanceNotHeld
    """Why it was not held."""
