"""Funnel limits: as Spiegelhalter's appendix has them, worked out again with scipy's binomial distribution."""

from bisect import bisect
from math import isclose

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes_service.indicators.funnel import TAILS, Limits, limits, placed, pooled


def test_the_pooled_share_is_that_of_all_counts_together() -> None:
    assert pooled([(80, 100), (20, 300)]) == 0.25
    assert pooled([]) is None


def test_limits_of_a_fair_coin_thrown_ten_times() -> None:
    """P(X <= 1) = 11/1024 and P(X <= 2) = 56/1024, so 2.5 % lies 31.4 % of the way from 1 to 2 up to 2."""
    found = limits(0.5, 10)

    assert round(found.low_95, 4) == 0.1324
    assert round(found.low_95 + found.high_95, 9) == 0.9  # counts at most, not fewer than: one step apart from symmetry


def test_limits_close_in_on_the_share_as_there_are_more() -> None:
    few, many = limits(0.8, 30), limits(0.8, 3000)

    assert few.low_998 < few.low_95 < many.low_998 < many.low_95 < 0.8
    assert 0.8 < many.high_95 < many.high_998 < few.high_95 <= few.high_998 <= 1


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_where_all_are_alike_there_is_no_room_for_chance(share: float) -> None:
    assert limits(share, 40) == Limits(40, share, share, share, share)


@pytest.mark.parametrize(
    ("k", "position"),
    [(50, "within"), (62, "above_95"), (70, "above_998"), (38, "below_95"), (30, "below_998")],
)
def test_a_share_lies_within_or_outside_by_name(k: int, position: str) -> None:
    assert placed(0.5, k, 100) == position


def test_rounding_puts_nobody_outside() -> None:
    """61 of 100 lies outside 95 %, 59 does not; 60 rounded to fives may be either."""
    assert placed(0.5, 61, 100) == "above_95"
    assert placed(0.5, 61, 100, rounded_by=2) == "within"
    assert placed(0.5, 70, 100, rounded_by=2) == "above_998"


@pytest.mark.parametrize(("share", "n"), [(0.5, 0), (1.2, 10), (-0.1, 10)])
def test_a_share_of_nothing_has_no_limits(share: float, n: int) -> None:
    with pytest.raises(ValueError, match="no limits"):
        limits(share, n)


@settings(deadline=None)
@given(st.floats(0.001, 0.999), st.integers(1, 5_000))
def test_limits_equal_those_worked_out_with_scipy(share: float, n: int) -> None:
    from scipy.special import bdtr  # noqa: PLC0415  heavy, and for this test alone

    found = limits(share, n)
    for tail, limit in zip(TAILS, (found.low_998, found.low_95, found.high_95, found.high_998), strict=True):
        count = bisect(range(n), tail, key=lambda upto: bdtr(upto, n, share))
        upto, before = bdtr(count, n, share), bdtr(count - 1, n, share) if count else 0.0
        expected = (count - (upto - tail) / (upto - before)) / n
        assert isclose(limit, min(1.0, max(0.0, expected)), abs_tol=1e-7)
