"""How often somebody may be wrong: some mistakes at once, then one every so often. In memory, an entry a caller."""

import time
from collections.abc import Callable
from math import ceil
from typing import Final

AT_ONCE: Final = 10
SECONDS_EACH: Final = 30.0
_MOST_CALLERS: Final = 10_000  # somebody with many addresses must not fill our memory


class Attempts:
    """A bucket a caller. An attempt takes one out; one that succeeds puts it back."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._spent: dict[str, tuple[float, float]] = {}  # how many were spent, as of when

    def take(self, caller: str) -> int:
        """One more attempt: 0, or in how many seconds there may be one."""
        spent, now = self._left_of(caller), self._now()
        if spent + 1 > AT_ONCE:
            return ceil((spent + 1 - AT_ONCE) * SECONDS_EACH)
        self._put(caller, spent + 1, now)
        return 0

    def give_back(self, caller: str) -> None:
        """It was no mistake."""
        self._put(caller, max(0.0, self._left_of(caller) - 1), self._now())

    def _left_of(self, caller: str) -> float:
        """What is still spent after the time that has passed."""
        spent, at = self._spent.get(caller, (0.0, 0.0))
        return max(0.0, spent - (self._now() - at) / SECONDS_EACH)

    def _put(self, caller: str, spent: float, now: float) -> None:
        self._spent.pop(caller, None)
        if spent:
            self._spent[caller] = (spent, now)
        if len(self._spent) > _MOST_CALLERS:
            del self._spent[next(iter(self._spent))]  # whoever was wrong longest ago
