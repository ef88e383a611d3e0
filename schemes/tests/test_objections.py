"""What does a scheme object to in a referral, and what does it take?"""

from datetime import date

import pytest

from contracts.referral_made import Organisation, ReferralMade
from schemes import Objection, Schemes, entry_group, load, objects_to, register, route_of
from schemes.register import Register

TOKEN = "a-token-of-the-partners-own"


@pytest.fixture(scope="module")
def schemes() -> Schemes:
    return load()


@pytest.fixture(scope="module")
def practices() -> Register:
    return register.load()


def referral(scheme_id: str, **fields: object) -> ReferralMade:
    usual: dict[str, object] = {
        "referral_id": "018f3a5e-0000-7000-8000-000000000001",
        "scheme_id": scheme_id,
        "person_token": TOKEN,
        "source_code": "A1",
        "employment_status": "01",
        "sickness_absence": "Y",
        "voluntary": True,
        "permissions": (),
    }
    return ReferralMade.model_validate(usual | fields)


def test_a_referral_that_fits_is_taken(schemes: Schemes, practices: Register) -> None:
    event = referral("james-wigg", referrer_organisation=Organisation(system="ods", code="F83023"))
    assert objects_to(event, schemes["james-wigg"], date(2006, 5, 1), practices) is None


def test_who_is_not_meant_is_taken_too_because_the_referral_was_made(schemes: Schemes, practices: Register) -> None:
    event = referral("dundee", employment_status="08", sickness_absence="8")
    assert objects_to(event, schemes["dundee"], date(2010, 5, 1), practices) is None


@pytest.mark.parametrize(
    ("scheme_id", "day", "fields", "code", "field"),
    [
        ("nowhere", date(2010, 5, 1), {}, "scheme_unknown", "scheme_id"),
        ("roll-out-2008", date(2008, 3, 31), {"scheme_area": "location-01"}, "scheme_closed", "scheme_id"),
        ("roll-out-2008", date(2011, 4, 1), {"scheme_area": "location-01"}, "scheme_closed", "scheme_id"),
        ("james-wigg", date(2006, 5, 1), {"source_code": "M5"}, "route_not_taken", "source_code"),
        ("fit-notes", date(2024, 5, 1), {}, "route_not_taken", "source_code"),
        ("james-wigg", date(2006, 5, 1), {"person_token": None}, "person_missing", "person_token"),
        ("small-business-support", date(2010, 5, 1), {"source_code": "D1"}, "person_not_expected", "person_token"),
        ("james-wigg", date(2006, 5, 1), {"scheme_area": "soho"}, "area_unknown", "scheme_area"),
        ("roll-out-2008", date(2008, 4, 1), {}, "area_ambiguous", "scheme_area"),
        (
            "james-wigg",
            date(2006, 5, 1),
            {"referrer_organisation": Organisation(system="ods", code="Z99999")},
            "practice_unknown",
            "referrer_organisation.code",
        ),
    ],
)
def test_an_objection_names_code_and_field(
    schemes: Schemes, practices: Register, scheme_id: str, day: date, fields: dict[str, object], code: str, field: str
) -> None:
    problem = objects_to(referral(scheme_id, **fields), schemes.get(scheme_id), day, practices)
    assert problem is not None
    assert (problem.code, problem.field) == (code, f"data.{field}")


def test_an_objection_says_what_was_expected_and_never_the_value(schemes: Schemes, practices: Register) -> None:
    problem = objects_to(referral("james-wigg", source_code="M5"), schemes["james-wigg"], date(2006, 5, 1), practices)
    assert problem == Objection("route_not_taken", "data.source_code", "what the scheme takes on that day: A1, A3")


@pytest.mark.parametrize("day", [date(2008, 4, 1), date(2011, 3, 31)])
def test_a_scheme_takes_referrals_on_its_first_and_last_day(schemes: Schemes, practices: Register, day: date) -> None:
    event = referral("roll-out-2008", scheme_area="location-12")
    assert objects_to(event, schemes["roll-out-2008"], day, practices) is None


def test_an_employer_s_call_has_no_person(schemes: Schemes, practices: Register) -> None:
    event = referral("small-business-support", person_token=None, source_code="D1")
    assert objects_to(event, schemes["small-business-support"], date(2010, 5, 1), practices) is None


def test_scotland_s_practices_are_not_looked_for_in_the_register(schemes: Schemes, practices: Register) -> None:
    event = referral("dundee", referrer_organisation=Organisation(system="ods", code="S10002"))
    assert objects_to(event, schemes["dundee"], date(2010, 5, 1), practices) is None


def test_an_employer_s_code_is_no_practice_s(schemes: Schemes, practices: Register) -> None:
    event = referral("dundee", source_code="D1", referrer_organisation=Organisation(system="employer", code="Z99999"))
    assert objects_to(event, schemes["dundee"], date(2010, 5, 1), practices) is None


@pytest.mark.parametrize(
    ("source", "route"),
    [
        ("A1", "gp"), ("A3", "gp"), ("D1", "employer"), ("D2", "employer"), ("M5", "jobcentre"), ("B1", "self"),
        ("B2", "self"), ("C1", "community"), ("C3", "community"), ("G4", "community"), ("M6", "other"),
    ],
)  # fmt: skip
def test_every_source_comes_by_a_route(source: str, route: str) -> None:
    assert route_of(source) == route


def test_an_assessor_s_referral_is_taken_by_the_scheme_that_has_that_route(schemes: Schemes) -> None:
    day = date(2025, 1, 1)
    assert schemes["exercise-programme"].takes("A3", day)
    assert not schemes["exercise-programme"].takes("A1", day)


@pytest.mark.parametrize(
    ("status", "absence", "group"),
    [
        ("01", "Y", "absent"), ("01", "N", "at_work"),
        ("01", "Z", "employed_other"), ("01", "X", "employed_other"), ("01", "8", "employed_other"),
        ("02", "8", "out_of_work"), ("03", "8", "out_of_work"), ("04", "Y", "out_of_work"), ("05", "N", "out_of_work"),
        ("06", "X", "out_of_work"), ("07", "8", "none"), ("08", "8", "none"), ("ZZ", "Z", "none"), ("ZZ", "Y", "none"),
    ],
)  # fmt: skip
def test_the_entry_group_follows_from_status_and_absence(status: str, absence: str, group: str) -> None:
    assert entry_group(status, absence) == group
