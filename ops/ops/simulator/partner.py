"""The publishing systems that the simulator plays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ops.errors import Missing
from ops.partners import Registry
from servicekit.partners import Partner

# An entry withdrawn needs no right of its own: it goes with what it voids.
REFERS: Final = ("referral-made", "permission-given", "permission-withdrawn")
PROVIDES: Final = ("session-held", "session-not-held", "outcome-recorded")
COUNTS: Final = ("fit-notes-counted",)


@dataclass(frozen=True, slots=True)
class SimulatedPartner:
    """One publishing system: the schemes it publishes for, and the events it says."""

    name: str
    schemes: tuple[str, ...]
    events: tuple[str, ...]

    def lacks(self, registered: Partner) -> list[str]:
        """What it needs and is not registered for."""
        return sorted({*self.schemes, *self.events} - registered.schemes - registered.events)


def register(partners: Sequence[SimulatedPartner], registry: Registry, *, tokens: bool = False) -> dict[str, str]:
    """Register those that are not, for synthetic events only. With `tokens`, a token for the door for each of them.

    A token is shown once, so that a partner registered before gets a new one. Raises `PartnerRefused`, `Missing`.
    """
    known = {partner.name: partner for partner in registry.all()}
    given: dict[str, str] = {}
    for partner in partners:
        if partner.name not in known:
            added = registry.add(partner.name, schemes=partner.schemes, events=partner.events, testing=True)
            given[partner.name] = added.token
        elif lacking := partner.lacks(known[partner.name]):
            hint = "End that registration, or use another installation."
            raise Missing(f"{partner.name} is registered, but not for {', '.join(lacking)}.", hint)
        elif tokens:
            given[partner.name] = registry.rotate(partner.name)
    return given
