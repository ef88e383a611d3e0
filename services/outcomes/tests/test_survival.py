"""Kaplan-Meier: by hand on a small table, and equal to lifelines on any counts."""

from math import isclose

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcomes_service.indicators.survival import Curve, Step, kaplan_meier

DAYS = st.dictionaries(st.integers(1, 400), st.integers(0, 50), max_size=12)


def test_survival_is_the_product_of_who_remained_on_each_day() -> None:
    """Ten begin; two end on day 7, one is lost on day 10, one ends on day 14; the other six last beyond day 28."""
    curve = kaplan_meier({7: 2, 14: 1}, {10: 1, 28: 6})

    assert (curve.n, curve.events, curve.median) == (10, 3, None)
    assert [(step.day, step.at_risk, step.events, step.censored) for step in curve.steps] == [
        (7, 10, 2, 0), (10, 8, 0, 1), (14, 7, 1, 0), (28, 6, 0, 6),
    ]  # fmt: skip
    assert [round(step.survival, 6) for step in curve.steps] == [0.8, 0.8, 0.685714, 0.685714]


def test_without_censoring_survival_is_a_plain_share() -> None:
    curve = kaplan_meier({30: 50, 60: 25}, {90: 25})

    assert [step.survival for step in curve.steps] == [0.5, 0.25, 0.25]
    assert curve.median == 30


def test_a_half_made_of_thirds_counts_as_the_half() -> None:
    assert kaplan_meier(dict.fromkeys(range(1, 31), 1), {40: 30}).median == 30


def test_when_nobody_is_left_there_is_no_interval() -> None:
    assert kaplan_meier({5: 3}, {}).steps == (Step(5, 3, 3, 0, 0.0, None, None),)


def test_a_day_is_answered_by_the_last_step_before_it() -> None:
    curve = kaplan_meier({7: 2}, {28: 8})

    assert curve.on(6) is None
    assert (found := curve.on(27)) is not None
    assert found.day == 7


def test_nobody_is_no_curve() -> None:
    assert kaplan_meier({}, {3: 0}) == Curve(0, 0, (), None)


@pytest.mark.parametrize(("events", "censored"), [({-1: 2}, {}), ({}, {4: -1})])
def test_what_cannot_be_counted_is_refused(events: dict[int, int], censored: dict[int, int]) -> None:
    with pytest.raises(ValueError, match="0 or more"):
        kaplan_meier(events, censored)


@settings(deadline=None, max_examples=50)
@given(DAYS, DAYS)
def test_curve_interval_and_median_equal_those_of_lifelines(events: dict[int, int], censored: dict[int, int]) -> None:
    from lifelines import KaplanMeierFitter  # noqa: PLC0415  three seconds, for this test alone

    curve = kaplan_meier(events, censored)
    if not curve.n:
        return
    seen = [(day, True, count) for day, count in events.items()] + [(day, False, n) for day, n in censored.items()]
    durations, observed, weights = zip(*(row for row in seen if row[2]), strict=True)
    fitted = KaplanMeierFitter(alpha=0.05).fit(durations, observed, weights=weights)

    for step in curve.steps:
        assert isclose(step.survival, fitted.survival_function_.loc[step.day].item(), abs_tol=1e-9)
        if step.low is not None and step.high is not None:
            low, high = fitted.confidence_interval_.loc[step.day]
            assert isclose(step.low, low, abs_tol=1e-9)
            assert isclose(step.high, high, abs_tol=1e-9)
    theirs = fitted.median_survival_time_
    assert curve.median == (None if theirs == float("inf") else theirs) or _touches_a_half(curve)


def _touches_a_half(curve: Curve) -> bool:
    """Where the curve runs along one half, theirs depends on the last bit of a sum of logarithms."""
    return any(abs(step.survival - 0.5) < 1e-9 for step in curve.steps)
