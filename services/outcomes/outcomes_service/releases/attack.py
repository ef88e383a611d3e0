# ruff: noqa: ARG001
"""The attack: what somebody outside can work out about suppressed counts from everything that was published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from outcomes_service.releases.counts import Count
from outcomes_service.releases.model import Table
from outcomes_service.releases.profiles import DEFAULT, Profile


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the most that a suppressed count can be; `most` is None where nothing bounds it."""

    least: int
    most: int | None


def attack(releases: Sequence[Sequence[Table]], profile: Profile = DEFAULT) -> Mapping[tuple[int, Count], Bounds]:
    """Bounds of every suppressed count, by the release (counted from 0) in which it is suppressed."""
    return {}
