"""What it does to the numbers that loops have something in hand, or are behind."""

from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from schemes import CANARY
from servicekit.inhand import Row, What

if TYPE_CHECKING:
    from ops.impact import Impact
    from outcomes_service.indicators.catalogue import Known

PROJECTOR: Final = ("outcomes", "projector")
"""The loop that makes figures of what gates accepted."""

BEHIND: Final[frozenset[What]] = frozenset({"behind"})
PARKED: Final[frozenset[What]] = frozenset({"parked"})

InHand = tuple[str, Row]
"""A service, and what one of its loops has in hand."""


def impact_of(rows: Iterable[InHand], what: Collection[What]) -> Sequence["Impact"]:
    """Scheme by scheme. What a gate has accepted is in the figures, or on its way, whoever else needs it."""
    wanted = [(service, row) for service, row in rows if row.what in what and row.schemes != (CANARY,)]
    if not wanted:
        return ()
    # Imported here: mostly nothing is lacking, and the measures take half a second to load.
    from ops.impact import Lacking, impact

    lacking = [
        Lacking(row.event, row.count, row.what, _without_canary(row.schemes), counted=is_counted(service, row))
        for service, row in wanted
    ]
    return impact(lacking, known())


def _without_canary(schemes: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return None if schemes is None else tuple(scheme for scheme in schemes if scheme != CANARY)


def is_counted(service: str, row: Row) -> bool:
    """Whether figures have it, or will, though this loop has not."""
    return row.accepted and (service, row.loop) != PROJECTOR


@lru_cache(maxsize=1)
def known() -> "Known":
    """Schemes and measures."""
    import schemes
    from outcomes_service.indicators.catalogue import Known
    from schemes import register

    return Known(schemes.load(), register.load())
