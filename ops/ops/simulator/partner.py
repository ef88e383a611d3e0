"""The publishing systems that the simulator plays."""

from dataclasses import dataclass
from typing import Final

REFERS: Final = ("referral-made", "permission-given", "permission-withdrawn", "entry-withdrawn")
PROVIDES: Final = ("session-held", "session-not-held", "outcome-recorded", "entry-withdrawn")
COUNTS: Final = ("fit-notes-counted", "entry-withdrawn")


@dataclass(frozen=True, slots=True)
class SimulatedPartner:
    """One publishing system: the schemes it publishes for, and the events it says."""

    name: str
    schemes: tuple[str, ...]
    events: tuple[str, ...]
