"""Is every kind of mistake in a scheme file named with its file, line, field and what was expected?"""

from collections.abc import Callable
from pathlib import Path

import pytest

from schemes import Mistake, SchemeMistakes, load

GOOD = """\
id: good
title: A good scheme
about: people
country: england
identity: nhs_number
opens: 2010-04-01
closes: 2011-03-31
providers: [Somebody]
areas:
  - {id: north, title: North}
  - {id: south, title: South}
sites:
  - {id: hall, title: Town hall, area: north}
routes:
  - route: gp
eligibility:
  - entry_groups: [absent]
session_minutes: 45
programme:
  - {weeks: 12, checkpoints: [0, 52]}
capacity:
  - {advisers: 1, days_a_week: 1, minutes_a_day: 450, to: 2010-12-31}
  - {from: 2011-01-01, advisers: 2, days_a_week: 1, minutes_a_day: 450}
funds: [purse]
definitions: [seed]
measures: [users]
basis: {title: own}
"""
FUNDS = "funds: [{id: purse, title: Purse, amount_gbp: 10, basis: own}]\n"

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str, name: str = "good.yaml") -> Path:
        (tmp_path / "funds.yaml").write_text(FUNDS)
        (tmp_path / "areas").mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
        return tmp_path

    return write


def mistakes(folder: Path) -> list[Mistake]:
    with pytest.raises(SchemeMistakes) as caught:
        load(folder)
    return caught.value.mistakes


def test_a_file_without_mistakes_is_a_scheme(write: Write) -> None:
    assert list(load(write(GOOD))) == ["good"]


@pytest.mark.parametrize(
    ("said", "instead", "line", "field", "expected"),
    [
        ("title: A good scheme\n", "", 1, "title", "this field, which is required"),
        ("title: A", "titel: A", 2, "titel", "no such field; is it misspelt?"),
        ("  - route: gp", "  - {route: gp, when: now}", 15, "routes.0.when", "no such field; is it misspelt?"),
        ("weeks: 12", "weeks: twelve", 20, "programme.0.weeks", "a valid integer"),
        ("weeks: 12", 'weeks: "12"', 20, "programme.0.weeks", "a valid integer"),
        ("weeks: 12", "weeks: 0", 20, "programme.0.weeks", "greater than or equal to 1"),
        ("opens: 2010-04-01", "opens: soon", 6, "opens", "a date, as 2008-04-01"),
        ("opens: 2010-04-01", "opens: 2010-06-31", 6, "opens", "a value that exists, such as a date of the calendar"),
        ("providers: [Somebody]", "providers: Somebody", 8, "providers", "a list"),
        ("  - route: gp", "  - gp", 15, "routes.0", "fields with values"),
        ("about: people", "about: horses", 3, "about", "'people', 'employer' or 'aggregate'"),
        ("checkpoints: [0, 52]", "checkpoints: [0, 5]", 20, "programme.0.checkpoints.1", "0, 4, 13, 26 or 52"),
        ("definitions: [seed]", "definitions: [mine]", 25, "definitions.0", "one of seed, ips-grow, primary-care"),
        ("opens: 2010-04-01", "opens: 2010-04-01\nopens: 2010-05-01", 7, "opens",
         "said once; it stands here a second time"),
        ("id: good\n", "id: other\n", 1, "id", "good, as the file is named"),
        ("closes: 2011-03-31", "closes: 2010-03-31", 7, "closes", "on or after `opens`, 2010-04-01"),
        ("{from: 2011-01-01,", "{from: 2011-01-01, to: 2010-01-01,", 23, "capacity.1.to",
         "on or after `from`, 2011-01-01"),
        ("{from: 2011-01-01, ", "{", 23, "capacity.1", "days that no record above covers"),
        ("area: north", "area: east", 13, "sites.0.area", "an area of this scheme: north, south"),
        ("{weeks: 12,", "{areas: [west], weeks: 12,", 20, "programme.0.areas.0",
         "an area of this scheme: north, south"),
        ("{id: south,", "{id: north,", 11, "areas.1.id", "an id of its own; north is taken above"),
        ("funds: [purse]", "funds: [purse, chest]", 24, "funds.1", "a fund of funds.yaml: purse"),
        ("- entry_groups: [absent]", "- entry_groups: [absent]\n  - entry_groups: [at_work]", 18, "eligibility.1",
         "areas and days that no record above covers"),
        ("routes:\n  - route: gp\n", "", 1, "routes", "at least one route"),
        ("eligibility:\n  - entry_groups: [absent]\n", "", 1, "eligibility", "for whom the scheme is meant"),
        ("session_minutes: 45\n", "", 1, "session_minutes", "how long a session is"),
        ("identity: nhs_number", "identity: chi", 5, "identity", "nhs_number"),
        ("country: england", "country: scotland", 5, "identity", "chi"),
        ("about: people", "about: employer", 5, "identity", "absent: the scheme knows no persons"),
        ("basis: {title: own}", "basis: {tilte: own}", 27, "basis.tilte", "the name of a field of this file"),
        ("areas:\n  - {id: north, title: North}\n  - {id: south, title: South}\n", "areas: nowhere\n", 9, "areas",
         "a list of areas, or the name of a file in areas/"),
    ],
)  # fmt: skip
def test_one_mistake_is_named_with_its_place(
    write: Write, said: str, instead: str, line: int, field: str, expected: str
) -> None:
    assert GOOD.count(said) == 1
    found = mistakes(write(GOOD.replace(said, instead)))
    assert Mistake("good.yaml", line, field, expected) in found


def test_a_route_that_does_not_exist_is_answered_with_those_that_do(write: Write) -> None:
    (mistake,) = mistakes(write(GOOD.replace("route: gp", "route: pigeon")))
    assert str(mistake) == (
        "good.yaml:15: routes.0.route: one of gp, employer, jobcentre, self, community, assessor, any"
    )


def test_boards_are_england_s_alone(write: Write) -> None:
    welsh = GOOD.replace("country: england", "country: wales").replace(
        "title: South", "title: South, codes: [{code: QE1}]"
    )
    expected = "absent: only England has integrated care boards"
    assert mistakes(write(welsh)) == [Mistake("good.yaml", 11, "areas.1.codes", expected)]


def test_nobody_is_referred_to_an_aggregate(write: Write) -> None:
    aggregate = GOOD.replace("about: people", "about: aggregate").replace("identity: nhs_number\n", "")
    expected = "absent: nobody is referred to a scheme `about: aggregate`"
    assert mistakes(write(aggregate)) == [Mistake("good.yaml", 13, "routes", expected)]


def test_text_that_is_not_yaml_is_named_with_its_line(write: Write) -> None:
    (mistake,) = mistakes(write("id: good\ntitle: [unclosed\nabout: people\n"))
    assert (mistake.file, mistake.line, mistake.field) == ("good.yaml", 3, "the file")


@pytest.mark.parametrize("text", ["", "- a list\n", "only words\n"])
def test_a_file_without_fields_is_said_to_lack_them(write: Write, text: str) -> None:
    assert mistakes(write(text)) == [Mistake("good.yaml", 1, "the file", "fields with values")]


def test_bytes_that_are_no_text_are_a_mistake(write: Write) -> None:
    folder = write(GOOD)
    (folder / "good.yaml").write_bytes(b"id: \xff\xfe")
    assert mistakes(folder) == [Mistake("good.yaml", 1, "the file", "YAML in UTF-8")]


def test_a_mistake_in_shared_areas_is_named_in_their_own_file(write: Write) -> None:
    areas = "areas:\n  - {id: north, title: North}\n  - {id: south, title: South}\n"
    folder = write(GOOD.replace(areas, "areas: shared\n"))
    (folder / "areas" / "shared.yaml").write_text("- {id: north, title: North}\n- {id: South, title: South}\n")
    (mistake,) = mistakes(folder)
    assert (mistake.file, mistake.line, mistake.field) == ("areas/shared.yaml", 2, "areas.1.id")


def test_a_mistake_in_the_funds_is_named_in_their_own_file(write: Write) -> None:
    folder = write(GOOD)
    (folder / "funds.yaml").write_text(FUNDS.replace("amount_gbp: 10", "amount_gbp: ten"))
    assert mistakes(folder) == [Mistake("funds.yaml", 1, "funds.0.amount_gbp", "a valid integer")]


def test_two_funds_of_one_id_are_a_mistake(write: Write) -> None:
    folder = write(GOOD)
    (folder / "funds.yaml").write_text(FUNDS.replace("}]", "},\n  {id: purse, title: B, amount_gbp: 1, basis: own}]"))
    assert mistakes(folder) == [Mistake("funds.yaml", 2, "funds.1.id", "an id of its own; purse is taken above")]


def test_mistakes_of_all_files_are_said_at_once_in_order(write: Write) -> None:
    write(GOOD.replace("id: good", "id: zebra").replace("weeks: 12", "weeks: x"), "zebra.yaml")
    folder = write(GOOD.replace("about: people", "about: x").replace("weeks: 12", "weeks: x"))
    assert [(m.file, m.line) for m in mistakes(folder)] == [("good.yaml", 3), ("good.yaml", 20), ("zebra.yaml", 20)]


def test_a_folder_without_schemes_is_a_mistake(tmp_path: Path) -> None:
    assert [m.expected for m in mistakes(tmp_path)] == ["at least one scheme file"]


def test_the_folder_may_be_named_by_the_environment(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHEMES_DIR", str(write(GOOD)))
    assert list(load()) == ["good"]


def test_the_fingerprint_follows_the_meaning_not_the_layout(write: Write) -> None:
    before = load(write(GOOD)).fingerprint
    assert load(write("# a comment\n" + GOOD)).fingerprint == before
    assert load(write(GOOD.replace("weeks: 12", "weeks: 13"))).fingerprint != before
