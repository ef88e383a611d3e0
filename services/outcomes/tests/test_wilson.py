"""How sure is a share?"""

import pytest

from outcomes_service.indicators.wilson import wilson


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(174, 200, 0.816, 0.910), (143, 174, 0.758, 0.872), (0, 10, 0.0, 0.278), (10, 10, 0.722, 1.0)],
)
def test_the_interval_is_wilsons(k, n, low, high):
    found = wilson(k, n)
    assert found is not None
    assert found == pytest.approx((low, high), abs=0.0005)


def test_of_nothing_there_is_none():
    assert wilson(0, 0) is None
