"""What becomes of an outcome at the gate?"""

from support.events import REFERRAL, accepted_referral, at, event, numbered, withdrawn
from support.outcomes import accepted, acme, gate, programme

from contracts.erasure_requested import ErasureRequested
from servicekit.partners import Partner


def test_it_is_accepted_and_announced():
    played = gate().hear(accepted_referral()).say(outcome := programme())
    assert played.fate(outcome) == "accepted"
    assert [said.id for said in played.announced] == [outcome.id]


def test_before_its_referral_it_waits_and_goes_out_with_it():
    played = gate().say(outcome := programme())
    assert played.fate(outcome) == "waiting"
    played.hear(accepted_referral())
    assert played.fate(outcome) == "accepted"


def test_of_a_scheme_of_somebody_else_it_waits_like_an_unknown_one():
    stranger = Partner(name="other", number=2, schemes=frozenset({"rhyl"}), events=frozenset({"outcome-recorded"}))
    played = gate(acme(), stranger).hear(accepted_referral()).say(outcome := programme(partner="other"))
    assert played.fate(outcome) == "waiting"


def test_the_same_outcome_under_another_id_is_refused():
    again = programme(number=302, outcome_id=numbered(301))
    played = gate().hear(accepted_referral()).say(programme(number=301), again)
    assert played.fate(again) == "already_recorded"


def test_a_correction_replaces_it_once():
    first = programme(number=301)
    second = programme("left_early", number=302, outcome_id=numbered(301), supersedes=first.id)
    third = programme("still_on", number=303, outcome_id=numbered(301), supersedes=first.id)
    played = gate().hear(accepted_referral()).say(first, second, third)
    assert played.fate(second) == "accepted"
    assert played.fate(third) == "already_superseded"


def test_a_correction_of_what_has_not_come_waits():
    first = programme(number=301)
    second = programme("left_early", number=302, outcome_id=numbered(301), supersedes=first.id)
    played = gate().hear(accepted_referral()).say(second)
    assert played.fate(second) == "waiting"
    assert played.say(first).fate(second) == "accepted"


def test_a_withdrawn_outcome_may_be_recorded_anew():
    first, again = programme(number=301), programme(number=302, outcome_id=numbered(301))
    played = gate().hear(accepted_referral()).say(first, void := withdrawn(first), again)
    assert played.fate(void) == played.fate(again) == "accepted"


def test_real_and_synthetic_do_not_mix():
    played = gate().hear(accepted_referral()).say(outcome := programme(synthetic=True))
    assert played.fate(outcome) == "synthetic_differs"


def test_of_a_withdrawn_referral_nothing_is_taken():
    referral = accepted_referral()
    played = gate().hear(referral, accepted(withdrawn(referral))).say(outcome := programme())
    assert played.fate(outcome) == "referral_withdrawn"


def test_of_an_erased_referral_nothing_is_taken_nor_kept():
    forget = event(
        ErasureRequested,
        {"referral_id": REFERRAL, "reason_code": "person_asked"},
        partner="footing",
        time=at("2026-02-01"),
        accepted_at=at("2026-02-01"),
    )
    played = gate().hear(accepted_referral(), forget).say(outcome := programme())
    assert played.fate(outcome) == "erased"
    assert (played.document.made, played.document.entries.items) == ((), ())


def test_what_waits_is_refused_when_its_referral_is_erased():
    forget = event(
        ErasureRequested,
        {"referral_id": REFERRAL, "reason_code": "person_asked"},
        partner="footing",
        time=at("2026-02-01"),
        accepted_at=at("2026-02-01"),
    )
    played = gate().say(outcome := programme()).hear(forget)
    assert played.fate(outcome) == "erased"
    assert played.document.waiting == ()
