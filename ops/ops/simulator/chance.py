"""Everything left to chance comes from here, so that the same seed says the same bytes."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar

T = TypeVar("T")

_URL_SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class Chance(random.Random):
    """Chance of one place in a scenario: its seed is the run's seed and the names that lead there."""

    def __init__(self, *names: object) -> None:
        super().__init__("/".join(str(name) for name in names))

    def identity(self, at: datetime) -> str:
        """A UUID of version 7 of this instant."""
        bits = int(at.timestamp() * 1000) << 80 | 0x7 << 76 | self.getrandbits(12) << 64 | 0b10 << 62
        digits = f"{bits | self.getrandbits(62):032x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def token(self) -> str:
        """An opaque name of 32 url-safe characters."""
        return "".join(self.choices(_URL_SAFE, k=32))

    def happens(self, share: float) -> bool:
        """Whether something that happens to this share of all happens here."""
        return self.random() < share

    def days(self, fewest: int, most: int) -> timedelta:
        """So many whole days, both ends included."""
        return timedelta(days=self.randint(fewest, most))

    def shuffled(self, things: Sequence[T]) -> list[T]:
        """The same things in another order."""
        return self.sample(things, len(things))
