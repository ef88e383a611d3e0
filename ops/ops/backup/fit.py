"""Whether positions of a backup and the topics of today still belong together. Pure: no client, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from servicekit.positions import Position


@dataclass(frozen=True, slots=True)
class Fit:
    """What speaks against restoring. `elsewhere`: these are other topics. `gone`: retention has removed what is needed.

    `behind` is how many records services will read again.
    """

    elsewhere: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    behind: int = 0


def fit(
    positions: Mapping[str, Mapping[Position, int]],
    first: Mapping[Position, int],
    after: Mapping[Position, int],
    clusters: tuple[str, str],
) -> Fit:
    """Hold the positions of each loop (`<service> <loop>`) against where the partitions begin and end now.

    `clusters`: that of the backup, that of today.
    """
    elsewhere, gone, behind = [], [], 0
    if clusters[0] != clusters[1]:
        elsewhere.append(f"the backup belongs to Kafka cluster {clusters[0]}, and this one is {clusters[1]}")
    for loop, places in sorted(positions.items()):
        for (topic, partition), offset in sorted(places.items()):
            end, begin = after.get((topic, partition), 0), first.get((topic, partition), 0)
            if offset > end:
                elsewhere.append(f"{loop} had read {topic}/{partition} up to {offset:,}, and it ends at {end:,}")
            elif offset < begin:
                gone.append(f"{topic}/{partition}: {begin - offset:,} records that {loop} would have to read again")
            behind += max(0, end - max(offset, begin))
    return Fit(elsewhere, gone, behind)
