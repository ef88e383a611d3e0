"""When is a referral accepted, and what goes on behind the gate?"""

import pytest
from support.events import REFERRAL, TOKEN, numbered, referral_made
from support.folding import Play
from support.referrals import acme, gate, other

from referral_service.domain import Known, Persons, Referral, person_key
from referral_service.handlers import HEARS


def test_an_accepted_referral_goes_on_with_its_area_and_a_random_name_in_place_of_the_token() -> None:
    made = referral_made()
    play = gate().say(made)
    assert play.fate(made) == "accepted"
    [said] = play.announced
    assert (said.id, said.partner, said.sequence) == (made.id, "acme", 1)
    assert said.data.scheme_area == "kentish-town"
    assert said.data.person_ref == numbered(7000)
    assert TOKEN not in said.data.model_dump_json()


def test_the_token_stands_in_the_map_of_persons_and_nowhere_else() -> None:
    play = gate().say(referral_made())
    [row] = play.rows
    assert row.collection == "persons"
    assert row.document == {"_id": f"acme/james-wigg/{TOKEN}", "person_ref": numbered(7000)}
    assert TOKEN not in repr(play.document)


def test_a_second_referral_of_the_same_person_has_the_same_name() -> None:
    first, second = referral_made(1), referral_made(2, referral_id=numbered(2))
    play = gate().say(first, second)
    assert [said.data.person_ref for said in play.announced] == [numbered(7000), numbered(7000)]


def test_a_scheme_about_employers_takes_a_referral_without_a_person() -> None:
    made = referral_made(scheme_id="small-business-support", source_code="D1", person_token=None, on="2009-05-05")
    play = gate().say(made)
    assert play.fate(made) == "accepted"
    assert play.announced[0].data.person_ref is None
    assert play.rows == []


@pytest.mark.parametrize(
    ("changes", "reason", "field"),
    [
        ({"scheme_id": "nowhere"}, "scheme_unknown", "data.scheme_id"),
        ({"scheme_id": "somerset"}, "scheme_not_yours", "data.scheme_id"),
        ({"on": "2003-12-31T10:00"}, "scheme_closed", "data.scheme_id"),
        ({"source_code": "M5"}, "route_not_taken", "data.source_code"),
        ({"person_token": None}, "person_missing", "data.person_token"),
        ({"scheme_area": "nowhere"}, "area_unknown", "data.scheme_area"),
        ({"scheme_id": "workwell"}, "area_ambiguous", "data.scheme_area"),
    ],
)
def test_a_referral_that_its_scheme_does_not_take_is_refused(changes: dict[str, str], reason: str, field: str) -> None:
    made = referral_made(**changes)
    play = gate().say(made)
    assert play.fate(made) == reason
    assert play.refusals[0]["field"] == field
    assert play.announced == []
    assert play.document == Referral(id=REFERRAL)


def test_the_day_of_a_referral_is_londons() -> None:
    """The scheme opens on 1 April 2004; 23:30 in UTC the evening before is already that day."""
    made = referral_made(on="2004-03-31T23:30")
    assert gate().say(made).fate(made) == "accepted"


def test_a_testing_partner_may_refer_synthetic_people_only() -> None:
    real, synthetic = referral_made(1), referral_made(2, synthetic=True)
    play = gate(acme(testing=True)).say(real, synthetic)
    assert play.fate(real) == "synthetic_only"
    assert play.fate(synthetic) == "accepted"


def test_a_second_referral_of_one_id_without_a_correction_is_refused() -> None:
    first, second = referral_made(1), referral_made(2, employment_status="01")
    play = gate().say(first, second)
    assert play.fate(second) == "referral_exists"
    assert len(play.announced) == 1


def test_the_same_referral_sent_again_is_a_duplicate() -> None:
    made = referral_made()
    assert gate().say(made, made).fate(made) == "duplicate"


def test_the_same_person_is_another_one_for_another_partner() -> None:
    names = {
        person_key("acme", "james-wigg", TOKEN): numbered(7000),
        person_key("other", "james-wigg", TOKEN): numbered(7001),
    }
    play: Play[Referral, Known] = gate(acme(), other(), beside=lambda _: Persons(names))
    play.say(referral_made(1), referral_made(2, referral_id=numbered(2), partner="other"))
    assert {row.document["_id"] for row in play.rows} == set(names)
    assert [said.data.person_ref for said in play.announced] == [numbered(7000), numbered(7001)]


def test_the_gate_hears_what_the_contract_gives_it() -> None:
    heard = sorted(payload.__name__ for payload in HEARS.gate)
    assert heard == ["EntryWithdrawn", "PermissionGiven", "PermissionWithdrawn", "ReferralMade"]
