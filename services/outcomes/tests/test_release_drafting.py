"""What a draft says: tables of what was answered, definitions as they are now, notes; and what is refused."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from support.outcomes import known

from outcomes_service.breakdowns.question import Row as Answered
from outcomes_service.indicators.counting import Values, share
from outcomes_service.releases import drafting
from outcomes_service.releases.drafting import CannotDraft, Wishes
from outcomes_service.releases.model import Row, Table
from outcomes_service.releases.plans import Plan, Planned

NOW = datetime(2026, 4, 2, 9, 30, tzinfo=UTC)
TODAY = date(2026, 4, 2)
SCHEMES = Planned(id="schemes", title="Each scheme", schemes=("rhyl", "fit-notes"))


def wishes(**changed: Any) -> Wishes:
    return Wishes(**{"as_of": date(2026, 3, 31), "known_on": NOW, "synthetic": True, **changed})


def answered(scheme: str | None, measure: str, values: Values, **at: str | None) -> Answered:
    return Answered(
        at={"scheme": scheme, **at}, measure=measure, definition="seed", synthetic=True, values=values, sums={}
    )


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (wishes(profile="lax"), "There is no profile lax. There are: default, open."),
        (wishes(profile="open", synthetic=False), "Profile open is for synthetic figures only: real ones"),
        (
            wishes(as_of=date(2026, 4, 3)),
            "2026-04-03 is still to come: a release is as of 2026-04-02 or a day before.",
        ),
    ],
)  # fmt: skip
def test_a_release_that_may_not_be_made_is_refused(wanted: Wishes, said: str) -> None:
    with pytest.raises(CannotDraft, match=said):
        drafting.checked(wanted, TODAY)


def test_a_table_asks_for_what_its_schemes_show_and_can_be_told_that_way() -> None:
    whole = drafting.question(SCHEMES, known(), wishes())
    assert whole.by == ("scheme",)
    assert {"users", "returned", "fit-note-share"} <= set(whole.measures)
    assert not [name for name in whole.measures if name.startswith("cost")]
    by_age = Planned(id="ages", title="Ages", by=("age",), schemes=("rhyl", "fit-notes"))
    assert "fit-note-share" not in drafting.question(by_age, known(), wishes()).measures
    nothing = Planned(id="none", title="None", schemes=("fit-notes",), measures=("entered",))
    with pytest.raises(CannotDraft, match="Table none: none of its schemes shows any of its measures"):
        drafting.question(nothing, known(), wishes())


def test_a_table_has_a_row_a_figure_in_the_order_of_schemes_and_measures() -> None:
    by_area = Planned(id="areas", title="By area", by=("area",), schemes=("workwell",), measures=("users", "entered"))
    answers = [
        answered("workwell", "entered", share(30, 60, 5), area="frimley"),
        answered("workwell", "entered", share(40, 90, 6), area=None),
        answered(None, "entered", share(40, 90, 6), area=None),
        answered("workwell", "users", Values(k=120), area=None),
    ]
    table = drafting.table(by_area, answers, known(), date(2026, 3, 31))
    assert table.dimensions == ("scheme", "measure", "definition", "area")
    assert [(row.at["measure"], row.at["area"], row.k, row.n, row.u) for row in table.rows] == [
        ("users", None, 120, None, None),
        ("entered", None, 40, 90, 6),
        ("entered", "frimley", 30, 60, 5),
    ]


def test_what_a_unit_cost_is_worked_out_from_the_same_count() -> None:
    support = Planned(id="schemes", title="Each scheme", schemes=("small-business-support",))
    told = answered("small-business-support", "contacts", Values(k=4000))
    table = drafting.table(support, [told], known(), date(2026, 3, 31))
    costs = {row.at["measure"]: (row.k, row.n, row.value) for row in table.rows}
    assert costs["cost-per-contact"] == (8_000_000, 4000, 2000.0)


def table(name: str, rows: int, k: int = 10) -> Table:
    at = {"measure": "users", "definition": "seed"}
    return Table(
        id=name,
        title=name,
        dimensions=drafting.SAME,
        rows=tuple(Row(at={"scheme": f"s{place}", **at}, k=k) for place in range(rows)),
    )


def test_a_release_that_is_too_large_says_how_large_it_would_be() -> None:
    drafting.check_tables([table("one", 2000)])
    with pytest.raises(CannotDraft) as refused:
        drafting.check_tables([table("one", 1990), table("two", 11)])
    assert str(refused.value) == (
        "It would have 2,001 cells; a release has at most 2,000. By table: one 1,990, two 11."
    )


def test_a_release_of_nothing_and_one_that_does_not_agree_with_itself_are_refused() -> None:
    with pytest.raises(CannotDraft, match="There is nothing to release"):
        drafting.check_tables([table("one", 0)])
    with pytest.raises(CannotDraft, match="they do not agree: draft again"):
        drafting.check_tables([table("one", 1), table("two", 1, k=11)])


def test_a_draft_says_what_its_measures_mean_and_what_must_be_known_of_it() -> None:
    at: dict[str, str | None] = {"scheme": "james-wigg", "measure": "entered", "definition": "seed"}
    tables = [Table(id="t", title="T", dimensions=drafting.SAME, rows=(Row(at=at, k=10, n=20),))]
    plan = Plan(title="Support", tables=(SCHEMES,), notes=("From the plan.",))
    draft = drafting.release(
        "r", plan, wishes(as_of=date(2027, 3, 31), profile="open", notes=("Mine.",)), known(), tables
    )
    assert (draft.title, draft.status) == ("Support, to 31 March 2027", "draft")
    assert [definition.measure for definition in draft.definitions] == ["entered"]
    assert [note.split(":")[0].split(". ")[0] for note in draft.notes] == [
        "Everything here is made up",
        "Profile open",
        "The practice register is out of date",
        "Employment adviser at the James Wigg Practice is an illustration",
        "From the plan.",
        "Mine.",
    ]
