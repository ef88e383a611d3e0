"""How fast the simulator speaks: as fast as it is heard, or so many events a second."""

import time


class Pace:
    """Keeps to `rate` events a second on the average; None: no bound."""

    def __init__(self, rate: float | None) -> None:
        self._rate = rate
        self._began = time.monotonic()
        self._said = 0

    def early(self) -> float:
        """Count one more event; how many seconds too early it is, 0 if it is due."""
        due = self._began + self._said / self._rate if self._rate else 0.0
        self._said += 1
        return max(0.0, due - time.monotonic())
