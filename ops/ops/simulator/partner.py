"""The publishing systems that the simulator plays."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from ops.errors import Missing
from ops.partners import Registry
from servicekit.partners import Partner

# An entry withdrawn needs no right of its own: it goes with what it voids.
REFERS: Final = ("referral-made", "permission-given", "permission-withdrawn")
PROVIDES: Final = ("session-held", "session-not-held", "outcome-recorded")
COUNTS: Final = ("fit-notes-counted",)
_AT_ONCE: Final = 8


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

    def registered(partner: SimulatedPartner) -> str | None:
        if partner.name not in known:
            return registry.add(partner.name, schemes=partner.schemes, events=partner.events, testing=True).token
        if lacking := partner.lacks(known[partner.name]):
            hint = "End that registration, or use another installation."
            raise Missing(f"{partner.name} is registered, but not for {', '.join(lacking)}.", hint)
        return registry.rotate(partner.name) if tokens else None

    with ThreadPoolExecutor(_AT_ONCE) as pool:  # most of it is waiting for Kafka to make topics
        given = dict(zip((partner.name for partner in partners), pool.map(registered, partners), strict=True))
    return {name: token for name, token in given.items() if token}
