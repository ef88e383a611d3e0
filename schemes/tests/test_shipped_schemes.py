"""Does every published service stand as a scheme, and say what the published table demands of it?"""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from schemes import Scheme, Schemes, load
from schemes.loader import scheme_files

FIT_FOR_WORK_PILOTS = {
    "salus-advice-line", "dundee", "rhyl", "leicester", "nottinghamshire", "central-west-midlands",
    "north-staffordshire", "kent-margate", "wakefield", "kensington-chelsea",
}  # fmt: skip

Demand = Callable[[Scheme], bool]

# Row of the published table, scheme, routes, country, measures among those shown, and what it must be able to express.
TABLE: list[tuple[int, str, set[str], str, set[str], Demand]] = [
    (1, "bridgend", {"gp"}, "wales", {"reach-practices", "entered", "stayed"},
     lambda s: advisers(s) == 1 and places(s) > 1 and not any(area.codes for area in s.areas)),
    (2, "paisley-argyll", {"gp"}, "scotland", {"entered", "stayed"}, lambda s: s.identity == "chi"),
    (3, "somerset", {"gp"}, "england", {"reach-practices"}, lambda s: places(s) > advisers(s)),
    (4, "gateshead", {"gp"}, "england", {"entered", "returned"},
     lambda s: set(s.eligibility[0].entry_groups) == {"out_of_work", "absent"}),
    (5, "east-lancashire", {"gp"}, "england", {"stayed"},
     lambda s: s.eligibility[0].main_barriers == ("long_term_condition",)),
    (6, "roll-out-2008", {"gp"}, "england", {"reach-practices", "reach-people", "cost-per-unit"},
     lambda s: len(s.areas) == 12 and places(s) == 40 and (s.targets[0].practices, s.targets[0].people) == (40, 4000)),
    (7, "tomorrows-people", {"gp"}, "england", {"reach-hosts"},
     lambda s: len(s.providers) == 1 and places(s) > 80 and len(s.areas) == 5),
    (8, "james-wigg", {"gp"}, "england", {"users", "completer-success", "work-at-52-weeks", "capacity-used"},
     lambda s: s.sites[0].practice == "F83023" and s.session_minutes == 50 and s.capacity[0].days_a_week == 1
     and s.capacity[0].minutes_a_day == 450 and s.interventions == ("cv", "interview", "career", "training")
     and s.illustration),
    (9, "small-business-support", {"employer"}, "england", {"contacts", "cost-per-unit"},
     lambda s: s.about == "employer" and s.identity is None and s.funds == ("small-business-support",)),
    (10, "salus-advice-line", {"employer", "self"}, "scotland", {"conversion"},
     lambda s: s.conversion_from == "advice_call" and "medium" in s.eligibility[0].employer_sizes),
    (11, "dundee", {"employer", "gp"}, "scotland", {"stayed"}, lambda s: s.eligibility[0].entry_groups == ("at_work",)),
    (12, "rhyl", {"gp"}, "wales", {"returned"}, lambda s: s.delivered_by == ("case_manager",) and places(s) > 1),
    (13, "leicester", {"gp"}, "england", {"wait-to-first-session", "returned", "stayed"},
     lambda s: "out_of_work" in s.eligibility[0].entry_groups and s.promises[0].within_days == 7),
    (14, "nottinghamshire", {"employer", "gp"}, "england", {"time-to-return"},
     lambda s: "occupational_therapist" in s.delivered_by
     and set(s.eligibility[0].main_barriers) == {"msk", "mental_health"}),
    (15, "central-west-midlands", {"gp", "employer"}, "england", {"returned", "entered"},
     lambda s: len(s.areas) == 3 and "entry_group" in s.breakdowns),
    (16, "north-staffordshire", {"jobcentre"}, "england", {"programme-completion"},
     lambda s: s.interventions == ("condition_management",)),
    (17, "kent-margate", {"gp"}, "england", {"reach-practices"},
     lambda s: len(s.providers) > 1 and s.targets[0].eligible_practices is not None),
    (18, "wakefield", {"any"}, "england", {"users", "start-rate"},
     lambda s: s.sources_on(date(2011, 1, 1)) == ("A1", "A3", "B1", "B2", "C1", "C3", "D1", "D2", "G4", "M5", "M6")),
    (19, "kensington-chelsea", {"employer"}, "england", {"training-starts"},
     lambda s: "Environmental health" in s.providers and "training" in s.interventions),
    (21, "workwell", {"gp", "employer", "jobcentre", "community", "self"}, "england", {"users", "left-with-plan"},
     lambda s: len(s.areas) == 15 and {"main_barrier", "entry_group"} <= set(s.breakdowns)
     and longest(s, "north-central-london") == 8 and longest(s, "south-yorkshire") == 16
     and longest(s, "black-country") == 12 and "out_of_work" not in groups(s, "cornwall-and-the-isles-of-scilly")),
    (22, "workwell-in-work", {"gp", "employer", "jobcentre", "community", "self"}, "england", {"stayed"},
     lambda s: len(s.areas) == 15 and {"adjustment", "talking_therapy"} <= set(s.interventions)),
    (23, "workwell-out-of-work", {"gp", "employer", "jobcentre", "community", "self"}, "england", {"entered"},
     lambda s: len(s.areas) == 15 and {"cv", "interview", "employer_contact"} <= set(s.interventions)),
    (24, "fit-note-fund", {"gp"}, "england", {"cost-per-unit"},
     lambda s: len(s.areas) == 15 and set(s.delivered_by) == {"work_coach", "occupational_therapist"}),
    (25, "exercise-programme", {"assessor"}, "england", {"programme-retention", "programme-length"},
     lambda s: s.programme[0].weeks == 12 and s.sources_on(date(2025, 1, 1)) == ("A3",)),
    (26, "fit-notes", set(), "england", {"fit-note-share"}, lambda s: s.about == "aggregate"),
]  # fmt: skip


@pytest.fixture(scope="module")
def schemes() -> Schemes:
    return load()


def advisers(scheme: Scheme) -> int:
    return scheme.capacity[0].advisers


def places(scheme: Scheme) -> int:
    return sum(len(site.ids) for site in scheme.sites)


def longest(scheme: Scheme, area: str) -> int | None:
    programme = scheme.programme_on(area, date(2025, 6, 1))
    return programme.longest_weeks if programme else None


def groups(scheme: Scheme, area: str) -> tuple[str, ...]:
    eligibility = scheme.eligibility_on(area, date(2025, 6, 1))
    return eligibility.entry_groups if eligibility else ()


@pytest.mark.parametrize(("row", "scheme_id", "routes", "country", "measures", "demand"), TABLE)
def test_the_scheme_says_what_its_row_demands(
    schemes: Schemes, row: int, scheme_id: str, routes: set[str], country: str, measures: set[str], demand: Demand
) -> None:
    scheme = schemes[scheme_id]
    assert {taken.route for taken in scheme.routes} == routes
    assert scheme.country == country
    assert measures <= set(scheme.measures)
    assert demand(scheme), f"row {row}"
    assert scheme.definitions[0] == "seed"
    assert scheme.caveats


def test_one_scheme_shows_every_definition_side_by_side(schemes: Schemes) -> None:
    several = {scheme.id: scheme.definitions for scheme in schemes.values() if len(scheme.definitions) > 1}
    assert several == {"workwell-out-of-work": ("seed", "ips-grow", "primary-care")}


def test_every_row_but_the_learning_network_is_a_scheme_and_nothing_else_is(schemes: Schemes) -> None:
    assert [row for row, *_ in TABLE] == [n for n in range(1, 27) if n != 20]
    assert {scheme_id for _, scheme_id, *_ in TABLE} == set(schemes)


def test_the_ten_pilots_share_one_fund(schemes: Schemes) -> None:
    assert {scheme.id for scheme in schemes.sharing("fit-for-work-2010")} == FIT_FOR_WORK_PILOTS


@pytest.mark.parametrize(
    ("fund", "pounds"),
    [
        ("roll-out-2008", 5_000_000),
        ("small-business-support", 8_000_000),
        ("fit-for-work-2010", 13_000_000),
        ("fit-note-innovation", 1_500_000),
    ],
)
def test_a_fund_has_its_published_amount_and_pays_for_something(schemes: Schemes, fund: str, pounds: int) -> None:
    assert schemes.funds[fund].amount_gbp == pounds
    assert schemes.sharing(fund)


def test_hosts_of_a_kind_have_ids_of_their_own(schemes: Schemes) -> None:
    assert schemes["bridgend"].sites[0].ids == ("surgery-01", "surgery-02", "surgery-03", "surgery-04")
    assert schemes["james-wigg"].sites[0].ids == ("james-wigg-practice",)


def test_old_and_new_area_codes_both_lie_within_workwell(schemes: Schemes) -> None:
    for scheme_id in ("workwell", "workwell-in-work", "workwell-out-of-work", "fit-note-fund"):
        assert schemes[scheme_id].is_open(date(2024, 10, 1))
        assert schemes[scheme_id].is_open(date(2026, 4, 1))


def test_the_scheme_in_the_readme_may_be_added_as_it_stands(tmp_path: Path) -> None:
    room = Path(__file__).parent.parent
    for path in (*scheme_files(room), room / "funds.yaml"):
        shutil.copy(path, tmp_path)
    shutil.copytree(room / "areas", tmp_path / "areas")
    before = load(tmp_path)
    (tmp_path / "harbour.yaml").write_text((room / "README.md").read_text().split("```yaml\n")[1].split("```")[0])
    after = load(tmp_path)
    assert set(after) - set(before) == {"harbour"}
    assert after.fingerprint != before.fingerprint
