"""What is left of a referral that was erased?"""

from support.events import REFERRAL, at, erasure_requested, numbered, permission, referral_made, withdrawn
from support.referrals import gate

from contracts.permission import PermissionGiven
from referral_service.domain import Referral, erasure_of


def test_an_erased_referral_keeps_only_that_it_was() -> None:
    play = gate().say(referral_made()).hear(erasure_requested(on="2026-01-05T10:00"))
    assert play.document == Referral(id=REFERRAL, version=2, erased_at=at("2026-01-05T10:00"))


def test_what_waited_is_refused_and_forgotten() -> None:
    corrected = referral_made(3, supersedes=2)
    play = gate().say(referral_made(), corrected)
    assert play.fate(corrected) == "waiting"
    play.hear(erasure_requested())
    assert play.fate(corrected) == "erased"
    assert play.document.waiting == ()


def test_everything_later_about_it_is_refused() -> None:
    made = referral_made(1)
    later = (referral_made(2), referral_made(3, supersedes=1), permission(PermissionGiven), withdrawn(made))
    play = gate().say(made).hear(erasure_requested()).say(*later)
    assert [play.fate(event) for event in later] == ["erased"] * 4


def test_a_second_request_changes_nothing() -> None:
    play = gate().say(referral_made()).hear(erasure_requested(501), erasure_requested(502, on="2026-02-05"))
    assert play.document.erased_at == at("2026-01-05T10:00")


def test_the_request_names_the_referral_and_the_persons_random_name() -> None:
    referral = gate().say(referral_made(synthetic=True)).document
    said = erasure_of(referral, "person_asked", at("2026-01-05T10:00"))
    assert (said.subject, said.partner, said.accepted_at) == (REFERRAL, "footing", at("2026-01-05T10:00"))
    assert said.data.model_dump() == {
        "referral_id": REFERRAL,
        "synthetic": True,
        "person_ref": numbered(7000),
        "reason_code": "person_asked",
    }
