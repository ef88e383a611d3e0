"""Profiles: what may be read of a small count, as data.

The default follows the rule of NHS England for Hospital Episode Statistics: 1 to 7 is not shown, the rest is rounded
to the nearest 5.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

ENOUGH_BEYOND: Final = 10
"""A 90th percentile is shown where so many times the smallest group stand behind it: a tenth of it lies beyond."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Counts from 1 to `small` are suppressed, others rounded to the nearest `base`; with `small` 0 all is exact.

    `synthetic_only`: no release with a real event in it may have this profile.
    """

    name: str
    words: str
    small: int
    base: int
    synthetic_only: bool = False

    @property
    def exact(self) -> bool:
        """Nothing is protected."""
        return self.small == 0

    def is_small(self, value: int) -> bool:
        """A count of so few that each may be known to somebody."""
        return 1 <= value <= self.small

    def rounded(self, value: int) -> int:
        """The value as shown."""
        return self.base * ((value + self.base // 2) // self.base)

    def behind(self, shown: int) -> tuple[int, int]:
        """The least and the most that a shown value may stand for."""
        if shown == 0 or self.exact:
            return shown, shown
        half = self.base // 2
        return max(self.small + 1, shown - half), shown + half


DEFAULT: Final = Profile(
    name="default",
    words="Counts from 1 to 7 are not shown, others are rounded to the nearest 5.",
    small=7,
    base=5,
)
OPEN: Final = Profile(
    name="open",
    words="Exact counts, of made-up people only.",
    small=0,
    base=1,
    synthetic_only=True,
)
PROFILES: Final[Mapping[str, Profile]] = MappingProxyType({profile.name: profile for profile in (DEFAULT, OPEN)})
