"""How much one partner may say: events a second, and bytes of bodies at once. Kept in the memory of this process."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from typing import Final

from contracts.envelope import Problem
from door_service.domain import MOST_EVENTS, Declined
from servicekit.partners import Partner

MOST_BYTES_AT_ONCE: Final = 32 * 1024 * 1024  # four of the largest batches: what one partner may make us hold


@dataclass(slots=True)
class _Bucket:
    events: float
    filled_at: float


class Limits:
    """A bucket a partner, filled at its rate up to what it may say at once; every request and event takes one out."""

    def __init__(self, events_a_second: float, burst_seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._events_a_second, self._burst_seconds, self._now = events_a_second, burst_seconds, now
        self._buckets: dict[str, _Bucket] = {}
        self._held: Counter[str] = Counter()

    def take(self, partner: Partner, events: int = 1) -> None:
        """So many more. Raises `Declined` if that is more than the partner may say now; then nothing is taken out."""
        rate = partner.events_a_second or self._events_a_second
        most, now = max(rate * self._burst_seconds, MOST_EVENTS + 1), self._now()
        bucket = self._buckets.setdefault(partner.name, _Bucket(most, now))
        bucket.events = min(most, bucket.events + (now - bucket.filled_at) * rate)
        bucket.filled_at = now
        if bucket.events < events:
            missing = events + 1 - bucket.events  # whoever comes again takes one for the request as well
            raise _too_many(f"at most {rate:g} events a second", missing / rate)
        bucket.events -= events

    @contextmanager
    def holding(self, partner: Partner, size: int) -> Iterator[None]:
        """While a body of this size is held. Raises `Declined` if the partner's others fill what it may have held."""
        if self._held[partner.name] + size > MOST_BYTES_AT_ONCE:
            raise _too_many(f"at most {MOST_BYTES_AT_ONCE} bytes of bodies at once", 1)
        self._held[partner.name] += size
        try:
            yield
        finally:
            self._held[partner.name] -= size


def _too_many(expected: str, seconds: float) -> Declined:
    return Declined(429, Problem("too_many_requests", "request", expected), retry_after_seconds=max(1, ceil(seconds)))
