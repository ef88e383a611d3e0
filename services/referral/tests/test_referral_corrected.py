"""What may be corrected, and what is answered where it may not?"""

from support.events import REFERRAL, numbered, permission, referral_made, withdrawn
from support.referrals import acme, gate, other

from contracts.permission import PermissionGiven


def test_a_correction_takes_the_place_of_the_referral() -> None:
    made, corrected = referral_made(1), referral_made(2, supersedes=1, employment_status="01", sickness_absence="Y")
    play = gate().say(made, corrected)
    assert play.fate(corrected) == "accepted"
    assert [(said.id, said.sequence) for said in play.announced] == [(made.id, 1), (corrected.id, 2)]


def test_a_correction_may_move_the_referral_to_another_scheme_of_the_partner() -> None:
    moved = referral_made(2, supersedes=1, scheme_id="leicester", on="2010-06-01T10:00")
    play = gate().say(referral_made(1, on="2010-06-01T10:00"), moved)
    assert play.fate(moved) == "accepted"
    assert play.document.scheme_id == "leicester"


def test_a_correction_waits_for_the_referral_that_it_corrects() -> None:
    made, corrected = referral_made(1), referral_made(2, supersedes=1)
    play = gate().say(corrected)
    assert play.fate(corrected) == "waiting"
    play.say(made)
    assert [said.id for said in play.announced] == [made.id, corrected.id]


def test_a_second_correction_is_told_which_one_to_correct_instead() -> None:
    late = referral_made(3, supersedes=1)
    play = gate().say(referral_made(1), referral_made(2, supersedes=1), late)
    assert play.fate(late) == "already_superseded"
    assert play.refusals[0]["expected"] == numbered(2)


def test_another_partner_learns_nothing_by_correcting_what_is_not_its_own() -> None:
    theirs = referral_made(2, supersedes=1, partner="other")
    unknown = referral_made(3, supersedes=99, partner="other", referral_id=numbered(2))
    play = gate(acme(), other()).say(referral_made(1), withdrawn(referral_made(1)), theirs, unknown)
    assert play.fate(theirs) == "waiting"
    assert play.fate(unknown) == "waiting"


def test_a_withdrawn_referral_can_be_neither_corrected_nor_made_again() -> None:
    made, corrected, again = referral_made(1), referral_made(2, supersedes=1), referral_made(3)
    play = gate().say(made, withdrawn(made), corrected, again)
    assert play.fate(corrected) == "already_withdrawn"
    assert play.fate(again) == "referral_withdrawn"


def test_a_correction_cannot_make_a_synthetic_person_real() -> None:
    corrected = referral_made(2, supersedes=1, synthetic=False)
    play = gate().say(referral_made(1, synthetic=True), corrected)
    assert play.fate(corrected) == "synthetic_differs"


def test_a_permission_is_no_referral_that_could_be_corrected() -> None:
    corrected = referral_made(2, supersedes=401)
    play = gate().say(referral_made(1), permission(PermissionGiven), corrected)
    assert play.fate(corrected) == "target_mismatch"


def test_a_withdrawal_voids_the_referral_once() -> None:
    made = referral_made(1)
    first, second = withdrawn(made, id=numbered(11)), withdrawn(made, id=numbered(12))
    play = gate().say(made, first, second)
    assert play.fate(first) == "accepted"
    assert play.fate(second) == "already_withdrawn"
    assert [said.id for said in play.announced] == [made.id, first.id]
    assert play.document.withdrawn_at is not None


def test_a_withdrawal_waits_for_what_it_voids() -> None:
    made = referral_made(1)
    voided = withdrawn(made)
    play = gate().say(voided)
    assert play.fate(voided) == "waiting"
    play.say(made)
    assert play.fate(voided) == "accepted"


def test_another_partner_cannot_withdraw_a_referral() -> None:
    made = referral_made(1)
    theirs = withdrawn(made, partner="other")
    play = gate(acme(), other()).say(made, theirs)
    assert play.fate(theirs) == "waiting"
    assert play.document.withdrawn_at is None


def test_what_the_document_keeps_of_a_corrected_referral_is_its_identity() -> None:
    play = gate().say(referral_made(1), referral_made(2, supersedes=1))
    kept = [(entry.id, entry.superseded_by) for entry in play.documents[REFERRAL].entries.items]
    assert kept == [(numbered(1), numbered(2)), (numbered(2), None)]
