"""How much a partner may say: a bucket that time fills, told by a clock of the test."""

import pytest

from door_service.domain import Declined
from door_service.limits import MOST_BYTES_AT_ONCE, Limits
from door_service.settings import DoorSettings
from servicekit.partners import Partner


class Clock:
    """Seconds, as the test says."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def _partner(name: str, events_a_second: float = 0) -> Partner:
    return Partner(name=name, number=1, schemes=frozenset(), events=frozenset(), events_a_second=events_a_second)


ACME, OTHER, QUICK = _partner("acme"), _partner("other"), _partner("quick", events_a_second=500)


def _declined(limits: Limits, partner: Partner, events: int = 1) -> Declined:
    with pytest.raises(Declined) as declined:
        limits.take(partner, events)
    return declined.value


def test_what_may_be_said_at_once_comes_back_with_time() -> None:
    limits = Limits(200, 10, clock := Clock())
    limits.take(ACME, 2_000)
    told = _declined(limits, ACME)
    assert (told.status, told.problem.code, told.problem.expected) == (
        429,
        "too_many_requests",
        "at most 200 events a second",
    )
    clock.seconds += 0.5
    limits.take(ACME, 100)
    _declined(limits, ACME)
    clock.seconds += 3_600
    limits.take(ACME, 2_000)
    _declined(limits, ACME)


def test_who_comes_again_when_told_to_is_let_in() -> None:
    limits = Limits(200, 10, clock := Clock())
    limits.take(ACME, 1_500)
    seconds = _declined(limits, ACME, 999).retry_after_seconds
    assert seconds == 3  # 500 are left; the request takes one and its batch 999 more
    clock.seconds += seconds
    limits.take(ACME)
    limits.take(ACME, 999)


def test_whoever_is_declined_has_taken_nothing() -> None:
    limits = Limits(200, 10, Clock())
    limits.take(ACME, 1_999)
    _declined(limits, ACME, 2)
    limits.take(ACME, 1)


def test_each_partner_has_a_limit_of_its_own() -> None:
    limits = Limits(200, 10, Clock())
    limits.take(ACME, 2_000)
    limits.take(OTHER, 2_000)
    limits.take(QUICK, 5_000)
    assert _declined(limits, QUICK).problem.expected == "at most 500 events a second"


def test_the_largest_batch_fits_into_the_smallest_limit() -> None:
    limits = Limits(0.01, 1, Clock())
    limits.take(ACME)
    limits.take(ACME, 999)


def test_bodies_are_held_within_bounds_and_let_go() -> None:
    limits = Limits(200, 10, Clock())
    with limits.holding(ACME, MOST_BYTES_AT_ONCE - 1), limits.holding(ACME, 1):
        with pytest.raises(Declined) as declined, limits.holding(ACME, 1):
            pass
        assert (declined.value.status, declined.value.retry_after_seconds) == (429, 1)
        with limits.holding(OTHER, 1):
            pass
    with limits.holding(ACME, MOST_BYTES_AT_ONCE):
        pass


def test_the_bounds_are_as_they_are_documented() -> None:
    settings = DoorSettings(kafka_url="none", mongo_url="none")
    assert (settings.partner_events_a_second, settings.partner_burst_seconds) == (1_000, 10)
    assert MOST_BYTES_AT_ONCE == 33_554_432
