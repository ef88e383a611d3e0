"""What holds of every figure, whatever the counts? Other people's implementations are asked."""

from datetime import date
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.outcomes import known

from outcomes_service.indicators.counting import Spread, share, spread
from outcomes_service.indicators.wilson import wilson

NUMBERS = st.lists(st.integers(0, 400), max_size=80)


@st.composite
def counts(draw: st.DrawFn) -> tuple[int, int, int]:
    """k and u of n, the unknown among those that are no k."""
    n = draw(st.integers(1, 2_000_000))
    k = draw(st.integers(0, n))
    return k, n, draw(st.integers(0, n - k))


@settings(deadline=None, max_examples=100)
@given(counts())
def test_the_interval_is_that_of_statsmodels(drawn: tuple[int, int, int]) -> None:
    from statsmodels.stats.proportion import proportion_confint  # noqa: PLC0415  seconds, for this test alone

    k, n, _ = drawn
    low, high = proportion_confint(k, n, alpha=0.05, method="wilson")
    assert wilson(k, n) == (pytest.approx(max(0, low), abs=1e-9), pytest.approx(min(1, high), abs=1e-9))


@given(counts())
def test_rate_and_interval_lie_within_0_and_1_and_the_unknown_only_widen_upwards(drawn: tuple[int, int, int]) -> None:
    k, n, u = drawn
    found = share(k, n, u)
    assert found.lowest == found.rate == k / n
    assert found.highest == (k + u) / n
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= k / n <= found.high <= 1
    assert k / n <= (k + u) / n <= 1


def test_of_nobody_there_is_no_rate_no_interval_and_no_bound() -> None:
    found = share(0, 0)
    assert (found.rate, found.low, found.high, found.lowest, found.highest) == (None,) * 5


@given(NUMBERS)
def test_median_and_p90_out_of_counts_are_those_of_the_sorted_numbers(numbers: list[int]) -> None:
    found = spread({str(number): numbers.count(number) for number in set(numbers)})
    assert found.n == len(numbers)
    if not numbers:
        assert (found.value, found.p90) == (None, None)
        return
    assert found.value == median(numbers)
    within = [number for number in sorted(numbers) if number <= (found.p90 or 0)]
    assert 10 * len(within) >= 9 * len(numbers)
    assert 10 * sum(number < (found.p90 or 0) for number in numbers) < 9 * len(numbers)


@given(NUMBERS, NUMBERS)
def test_what_was_taken_back_is_in_no_median(stays: list[int], goes: list[int]) -> None:
    """A correction leaves a part of 0 behind, and is not to be seen."""
    parts = dict.fromkeys(map(str, goes), 0) | {str(number): stays.count(number) for number in set(stays)}
    assert spread(parts) == spread({str(number): stays.count(number) for number in set(stays)})


def test_every_measure_of_days_is_counted_by_the_one_spread() -> None:
    counted = {m.id for m in known().measures.values() if isinstance(m.counting, Spread)}
    assert counted == {"wait-to-first-session", "time-to-return", "programme-length"}
    wait = known().measures["wait-to-first-session"].counting
    assert isinstance(wait, Spread)
    scheme = known().schemes["james-wigg"]
    assert wait.values({"7": 2, "9": 1}, scheme, None, date(2026, 1, 1)) == spread({"7": 2, "9": 1})
