"""What does a session wait for, and when does it go out?"""

from support.cases import cases
from support.events import accepted_referral, numbered, session_held, session_not_held
from support.referrals import acme, other


def test_sessions_wait_for_their_referral_and_go_out_in_order_when_it_opens() -> None:
    first, second = session_held(101), session_not_held(201, session=901)
    play = cases().say(first, second)
    assert (play.fate(first), play.fate(second)) == ("waiting", "waiting")
    assert play.announced == []
    play.hear(accepted_referral())
    assert [said.id for said in play.announced] == [first.id, second.id]
    assert play.document.waiting == ()


def test_a_referral_outside_the_partners_schemes_is_answered_like_an_unknown_one() -> None:
    of_others, of_nobody = session_held(101, partner="other"), session_held(102, partner="other")
    known = cases(acme(), other("somerset")).hear(accepted_referral()).say(of_others)
    unknown = cases(acme(), other("somerset")).say(of_nobody)
    assert known.fate(of_others) == unknown.fate(of_nobody) == "waiting"


def test_a_correction_waits_for_the_session_that_it_corrects() -> None:
    held, corrected = session_held(101), session_held(102, supersedes=101, minutes=40)
    play = cases().hear(accepted_referral()).say(corrected)
    assert play.fate(corrected) == "waiting"
    play.say(held)
    assert [said.id for said in play.announced] == [held.id, corrected.id]


def test_a_chain_of_corrections_that_came_before_everything_ends_in_the_last() -> None:
    third, second = session_held(103, supersedes=102), session_held(102, supersedes=101)
    play = cases().say(third, second, session_held(101)).hear(accepted_referral())
    assert [said.id for said in play.announced] == [numbered(101), numbered(102), numbered(103)]
    assert [session.id for session in play.document.sessions] == [numbered(103)]
