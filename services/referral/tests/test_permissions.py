"""When is a permission passed on, and when does it wait?"""

from support.events import numbered, permission, referral_made, withdrawn
from support.referrals import acme, gate, other

from contracts.permission import PermissionGiven, PermissionWithdrawn


def test_a_permission_given_and_withdrawn_goes_on_in_that_order() -> None:
    given, taken = permission(PermissionGiven, 401), permission(PermissionWithdrawn, 402, on="2025-04-01")
    play = gate().say(referral_made(), given, taken)
    assert [said.id for said in play.announced] == [numbered(1), numbered(401), numbered(402)]


def test_a_permission_waits_for_its_referral() -> None:
    given = permission(PermissionGiven)
    play = gate().say(given)
    assert play.fate(given) == "waiting"
    play.say(referral_made())
    assert play.fate(given) == "accepted"
    assert [said.id for said in play.announced] == [numbered(1), given.id]


def test_a_referral_outside_the_partners_schemes_is_answered_like_an_unknown_one() -> None:
    known, unknown = permission(PermissionGiven, partner="other"), permission(PermissionGiven, 402, partner="other")
    play = gate(acme(), other("somerset")).say(referral_made(), known)
    nobody = gate(acme(), other("somerset")).say(unknown)
    assert play.fate(known) == nobody.fate(unknown) == "waiting"


def test_another_partner_of_the_scheme_may_say_what_was_permitted() -> None:
    given = permission(PermissionGiven, partner="other")
    play = gate(acme(), other("james-wigg")).say(referral_made(), given)
    assert play.fate(given) == "accepted"


def test_a_permission_entered_in_error_is_withdrawn() -> None:
    given = permission(PermissionGiven)
    voided = withdrawn(given, reason="wrong_referral")
    play = gate().say(referral_made(), given, voided)
    assert play.fate(voided) == "accepted"


def test_nothing_is_permitted_about_a_withdrawn_referral_but_what_was_said_can_be_voided() -> None:
    made, given, late = referral_made(), permission(PermissionGiven, 401), permission(PermissionGiven, 402)
    voided = withdrawn(given)
    play = gate().say(made, given, withdrawn(made), late, voided)
    assert play.fate(late) == "referral_withdrawn"
    assert play.fate(voided) == "accepted"


def test_a_real_permission_about_a_synthetic_referral_is_refused() -> None:
    given = permission(PermissionGiven)
    play = gate().say(referral_made(synthetic=True), given)
    assert play.fate(given) == "synthetic_differs"
    assert play.refusals[0]["expected"] == "true"
