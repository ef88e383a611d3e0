"""What of a release is shown, what is not, and what has to go with it."""

import pytest

from outcomes_service.indicators.counting import share
from outcomes_service.releases.checking import check
from outcomes_service.releases.counts import WentOut
from outcomes_service.releases.model import Row, Table
from outcomes_service.releases.profiles import DEFAULT, OPEN
from outcomes_service.releases.protection import protect

ALWAYS = ("scheme", "measure", "definition")


def of(measure: str, k: int, n: int, u: int = 0, **at: str | None) -> Row:
    said = share(k, n, u)
    place: dict[str, str | None] = {"scheme": "x", "measure": measure, "definition": "seed", **at}
    return Row(at=place, k=k, n=n, u=u, rate=said.rate, low=said.low, high=said.high)


def contacts(k: int, **at: str | None) -> Row:
    return Row(at={"scheme": "x", "measure": "contacts", "definition": "seed", **at}, k=k)


def table(*rows: Row) -> Table:
    by = tuple(name for name in rows[0].at if name not in ALWAYS)
    return Table(id="-".join(by) or "all", title="", dimensions=(*ALWAYS, *by), rows=rows)


def shown(*tables: Table, earlier: tuple[WentOut, ...] = ()) -> list[Row]:
    return [row for each in protect(tables, earlier, DEFAULT) for row in each.rows]


def test_counts_are_rounded_to_five_and_rates_come_from_them() -> None:
    success, lasting = shown(table(of("completer-success", 174, 200), of("work-at-52-weeks", 143, 174)))
    assert (success.k, success.n, success.rate, success.protection) == (175, 200, 0.875, "rounded")
    assert (lasting.k, lasting.n) == (145, 175)
    assert lasting.rate == pytest.approx(145 / 175)
    assert lasting.low == pytest.approx(share(145, 175).low)


@pytest.mark.parametrize(("value", "reads"), [(0, 0), (1, None), (7, None), (8, 10), (12, 10), (13, 15), (143, 145)])
def test_one_to_seven_are_not_shown(value: int, reads: int | None) -> None:
    (row,) = shown(table(contacts(value)))
    assert row.k == reads


@pytest.mark.parametrize("k", [0, 3, 7, 193, 197, 200])
def test_where_few_or_all_but_few_succeed_it_is_not_said_how_many(k: int) -> None:
    (row,) = shown(table(of("start-rate", k, 200)))
    assert (row.k, row.n, row.rate, row.low, row.high, row.protection) == (None, 200, None, None, None, "suppressed")


def test_nothing_is_shown_of_a_small_group_and_a_group_of_nobody_is_nobody() -> None:
    small, empty = shown(table(of("start-rate", 2, 6, area="a"), of("start-rate", 0, 0, area="b")))
    assert (small.k, small.n) == (None, None)
    assert (empty.k, empty.n, empty.protection) == (0, 0, "rounded")


def test_a_median_needs_a_group_and_a_ninetieth_percentile_a_large_one() -> None:
    rows = (
        Row(at={"scheme": name, "measure": "wait-to-first-session", "definition": "seed"}, n=n, value=9.0, p90=30.0)
        for name, n in (("small", 7), ("middle", 60), ("large", 90))
    )
    small, middle, large = shown(table(*rows))
    assert (small.value, small.p90) == (None, None)
    assert (middle.value, middle.p90) == (9.0, None)
    assert (large.value, large.p90) == (9.0, 30.0)


def test_what_is_not_about_people_is_shown_as_it_is() -> None:
    pounds = Row(
        at={"scheme": "x", "measure": "cost-per-area", "definition": "seed"}, k=1_500_000, n=3, value=500_000.0
    )
    assert shown(table(pounds)) == [pounds]


def test_places_are_counted_as_those_who_come_from_them_at_least_one_from_each() -> None:
    at = {"scheme": "x", "measure": "reach-practices", "definition": "seed"}
    few, many = shown(table(Row(at=at | {"scheme": "few"}, k=3, n=40), Row(at=at, k=38, n=40, rate=0.95)))
    assert (few.k, few.n, few.protection) == (None, 40, "suppressed")
    assert (many.k, many.n, many.protection) == (40, 40, "rounded")


def test_who_started_and_who_waited_until_they_did_are_the_same_people() -> None:
    at = {"scheme": "x", "definition": "seed"}
    started = Row(at=at | {"measure": "start-rate"}, k=38, n=42, rate=38 / 42)
    waited = Row(at=at | {"measure": "wait-to-first-session"}, n=38, value=5.0)
    assert [(row.k, row.n) for row in shown(table(started, waited))] == [(None, 40), (None, None)]


def test_a_measure_that_leaves_out_who_is_unknown_does_not_tell_how_many_they_are() -> None:
    at = {"scheme": "x", "definition": "seed"}
    everybody = Row(at=at | {"measure": "sustained-13"}, k=30, n=42, u=3, rate=30 / 42)
    known = Row(at=at | {"measure": "sustained-13-known"}, k=30, n=39, rate=30 / 39)
    assert [(row.k, row.n, row.u) for row in shown(table(everybody, known))] == [(30, 40, None), (30, None, None)]


def test_that_nobody_of_a_group_is_known_is_not_shown_by_the_measure_that_leaves_them_out() -> None:
    nobody_known, of_nobody = Row(at=of("sustained-52-known", 0, 0).at, k=0, n=0), of("sustained-52", 0, 12, 12)
    known, everybody = shown(table(nobody_known, of_nobody))
    assert (known.k, known.n, everybody.k) == (None, None, None)
    (nobody,) = shown(table(nobody_known))
    assert (nobody.k, nobody.n) == (0, 0)


def test_a_cost_is_worked_out_from_the_count_that_is_shown() -> None:
    at = {"scheme": "x", "measure": "cost-per-person-seen", "definition": "seed"}
    (row,) = shown(table(Row(at=at, k=10_000, n=98, value=10_000 / 98)))
    assert (row.n, row.value) == (100, 100.0)


BY_AREA = table(contacts(21, area=None), contacts(18, area="a"), contacts(3, area="b"))


def test_a_small_count_that_follows_from_the_others_takes_one_of_them_along() -> None:
    bare = protect([BY_AREA], [], DEFAULT, secondary=False)
    (narrowed,) = check([BY_AREA], bare, [], DEFAULT)
    assert (dict(narrowed.counts[0].population)["area"], narrowed.least, narrowed.most) == ("b", 0, 4)
    protected = protect([BY_AREA], [], DEFAULT)
    assert [row.k for row in protected[0].rows] == [20, None, None]
    assert check([BY_AREA], protected, [], DEFAULT) == ()


def test_a_month_does_not_follow_from_its_quarter_in_another_table() -> None:
    months = table(contacts(18, month="2025-01"), contacts(3, month="2025-02"), contacts(30, month="2025-04"))
    quarters = table(contacts(21, quarter="2025-Q1"), contacts(30, quarter="2025-Q2"))
    bare = protect([months, quarters], [], DEFAULT, secondary=False)
    assert [narrowed.most for narrowed in check([months, quarters], bare, [], DEFAULT)] == [4]
    protected = protect([months, quarters], [], DEFAULT)
    assert check([months, quarters], protected, [], DEFAULT) == ()
    assert [row.k for row in protected[0].rows][1:] == [None, 30]


def test_two_tables_that_show_no_total_are_held_together_by_it() -> None:
    ages = table(contacts(10, age="16-24"), contacts(11, age="25-34"))
    areas = table(contacts(18, area="a"), contacts(3, area="b"))
    assert check([ages, areas], protect([ages, areas], [], DEFAULT, secondary=False), [], DEFAULT)
    protected = protect([ages, areas], [], DEFAULT)
    assert check([ages, areas], protected, [], DEFAULT) == ()


def test_the_trainees_in_work_do_not_follow_from_those_who_entered_and_all() -> None:
    found = table(of("work-at-52-weeks", 143, 174), of("work-at-52-weeks-of-entered", 137, 160))
    of_all, of_entered = shown(found)
    assert (of_all.n, of_entered.n) == (175, 160)
    assert (of_all.k is None) != (of_entered.k is None)


def test_the_same_people_are_shown_the_same_under_every_measure() -> None:
    success, lasting = shown(table(of("completer-success", 196, 200), of("work-at-52-weeks", 150, 196)))
    assert (success.k, lasting.n) == (None, None)


def test_what_was_shown_before_is_remembered() -> None:
    ages = table(contacts(21, age=None), contacts(18, age="16-24"), contacts(3, age="25-34"))
    whole = table(contacts(21), contacts(21))
    first = WentOut((whole,), protect([whole], [], DEFAULT))
    protected = protect([ages], [first], DEFAULT)
    assert [row.k for row in protected[0].rows] == [20, None, None]
    careless = protect([ages], [], DEFAULT, secondary=False)
    assert check([ages], careless, [first], DEFAULT)


def test_two_releases_that_each_hide_another_area_give_neither_away() -> None:
    """Areas b and c are alike: a release that hid c with a, after one that hid b with a, would tell both."""
    areas = table(contacts(39, area=None), contacts(3, area="a"), contacts(18, area="b"), contacts(18, area="c"))

    def hiding(*names: str) -> tuple[Table, ...]:
        (bare,) = protect([areas], [], DEFAULT, secondary=False)
        rows = (
            Row(at=row.at, k=None, protection="suppressed") if row.at["area"] in names else row for row in bare.rows
        )
        return (Table(id=bare.id, title="", dimensions=bare.dimensions, rows=tuple(rows)),)

    first = WentOut((areas,), hiding("a", "b"))
    assert check([areas], hiding("a", "b"), [first], DEFAULT) == ()
    assert check([areas], hiding("a", "c"), [first], DEFAULT)
    assert protect([areas], [first], DEFAULT) == hiding("a", "b")


def test_the_open_profile_shows_everything_as_it_is() -> None:
    rows = protect([BY_AREA], [], OPEN)[0].rows
    assert [row.k for row in rows] == [21, 18, 3]
    assert {row.protection for row in rows} == {"exact"}
    assert check([BY_AREA], [BY_AREA], [], OPEN) == ()
