"""Which tables a release has: the standard plan, and what is wrong with one that an analyst wrote."""

from pathlib import Path

import pytest
from support.outcomes import known

from outcomes_service.releases import plans
from outcomes_service.releases.plans import PlanMistakes


def written(folder: Path, text: str) -> Path:
    file = folder / "mine.yaml"
    file.write_text(text)
    return file


def test_the_standard_plan_shows_every_scheme_and_breaks_down_those_that_ask_for_it() -> None:
    plan = plans.read(plans.STANDARD, known())
    tables = {table.id: table for table in plan.tables}
    assert len(plan.tables) <= 10
    assert tables["schemes"].shows(known()) == tuple(known().schemes)
    assert tables["ages"].shows(known()) == ("workwell",)
    assert tables["routes"].shows(known()) == (
        "dundee", "nottinghamshire", "salus-advice-line", "wakefield", "workwell", "workwell-in-work",
        "workwell-out-of-work",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tables: [{id: a, title: A}]", "mine.yaml: Object missing required field `title`"),
        ("title: T\ntables: []", "mine.yaml: Expected `array` of length >= 1"),
        ("title: T\ntables: [{id: A, title: A}]", "mine.yaml: Expected `str` matching regex"),
        ("title: T\ntables: [{id: a, title: A, colour: red}]", "mine.yaml: Object contains unknown field `colour`"),
        ("title: T\ntables: [{id: a, title: A, by: [x]}]", "mine.yaml: table a: there is no dimension x. There are"),
        ("title: T\ntables: [{id: a, title: A, schemes: [x]}]", "mine.yaml: table a: there is no scheme x. There are"),
        ("title: T\ntables: [{id: a, title: A, measures: [x]}]", "mine.yaml: table a: there is no measure x. There"),
        ("title: T\ntables: [{id: a, title: A}, {id: a, title: B}]", "mine.yaml: two tables are called a."),
        (
            "title: T\ntables:\n" + "".join(f"- {{id: t{n}, title: T}}\n" for n in range(11)),
            "mine.yaml: it has 11 tables; a release has at most 10.",
        ),
        ("title: [", "mine.yaml: "),
    ],
)  # fmt: skip
def test_a_plan_that_cannot_be_drafted_says_what_is_wrong_with_it(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(PlanMistakes) as found:
        plans.read(written(tmp_path, text), known())
    assert found.value.mistakes[0].startswith(said)


def test_the_name_of_a_measure_means_it_alone_and_that_of_a_family_all_of_it() -> None:
    table = plans.Planned(id="t", title="T", measures=("returned", "work-at-52-weeks-of-entered", "cost-per-unit"))
    shown = {name for name, measure in known().measures.items() if table.wants(measure, known())}
    assert shown == {
        "returned", "work-at-52-weeks-of-entered", "cost-per-person", "cost-per-person-seen", "cost-per-contact",
        "cost-per-area", "cost-per-area-year", "cost-per-pilot",
    }  # fmt: skip
