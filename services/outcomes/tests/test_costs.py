"""What does a fund come to for each unit?"""

from datetime import date

import pytest
from support.outcomes import known

from outcomes_service.indicators.funds import Cost


@pytest.mark.parametrize(
    ("scheme", "measure", "pounds", "units", "each"),
    [
        ("roll-out-2008", "cost-per-person", 5_000_000, 4_000, 1_250),
        ("roll-out-2008", "cost-per-area", 5_000_000, 12, 416_666.67),
        ("roll-out-2008", "cost-per-area-year", 5_000_000, 36, 138_888.89),
        ("roll-out-2008", "cost-per-person-seen", 5_000_000, 3_200, 1_562.5),
        ("rhyl", "cost-per-pilot", 13_000_000, 10, 1_300_000),
        ("fit-note-fund", "cost-per-area", 1_500_000, 15, 100_000),
        ("small-business-support", "cost-per-contact", 8_000_000, 3_200, 2_500),
    ],
)
def test_it_is_the_fund_over_the_units(scheme, measure, pounds, units, each):
    counting = known().measures[measure].counting
    assert isinstance(counting, Cost)
    found = counting.values(known().schemes, known().schemes[scheme], date(2026, 12, 31), lambda _: 3_200)
    assert found is not None
    assert (found.k, found.n) == (pounds, units)
    assert found.value == pytest.approx(each, abs=0.01)


@pytest.mark.parametrize(("scheme", "measure"), [("rhyl", "cost-per-person"), ("fit-note-fund", "cost-per-pilot")])
def test_there_is_none_where_the_fund_is_not_of_that_kind(scheme, measure):
    counting = known().measures[measure].counting
    assert isinstance(counting, Cost)
    assert counting.values(known().schemes, known().schemes[scheme], date(2026, 12, 31), lambda _: 0) is None


def test_every_measure_that_a_scheme_asks_for_exists():
    families = {measure.family for measure in known().measures.values()}
    asked = {family for scheme in known().schemes.values() for family in scheme.measures}
    assert asked <= families
