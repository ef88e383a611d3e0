"""How are sessions corrected and withdrawn, and what is said to those who never hear of sessions not held?"""

from datetime import date

from support.cases import cases
from support.events import accepted_referral, numbered, session_held, session_not_held, withdrawn
from support.referrals import acme, other

VOID = "footing.entry-withdrawn.v1"


def test_a_corrected_session_counts_on_its_new_day_only() -> None:
    moved = session_held(102, supersedes=101, on="2025-03-12T10:00")
    play = cases().hear(accepted_referral()).say(session_held(101, on="2025-03-10T10:00"), moved)
    assert [session.on for session in play.document.sessions] == [date(2025, 3, 12)]


def test_a_held_session_that_was_not_held_is_voided_on_its_own_topic() -> None:
    held, missed = session_held(101), session_not_held(201, supersedes=101)
    play = cases().hear(accepted_referral()).say(held, missed)
    _, said, voided = play.announced
    assert said.id == missed.id
    assert (voided.type, voided.partner, voided.source) == (VOID, "acme", "urn:footing:partner:acme")
    assert (voided.data.withdraws.type, voided.data.withdraws.id) == (held.type, held.id)
    assert voided.causation_id == missed.id
    assert play.document.sessions == ()


def test_the_void_is_the_same_event_however_often_it_is_folded() -> None:
    ids = {
        cases().hear(accepted_referral()).say(session_held(101), session_not_held(201, supersedes=101)).announced[-1].id
        for _ in range(2)
    }
    assert len(ids) == 1


def test_a_session_said_not_to_have_been_held_may_have_been_after_all() -> None:
    missed, held = session_not_held(201), session_held(101, supersedes=201)
    play = cases().hear(accepted_referral()).say(missed, held)
    assert play.fate(held) == "accepted"
    assert [said.type for said in play.announced] == [missed.type, held.type]
    assert [session.id for session in play.document.sessions] == [held.id]


def test_a_second_correction_is_told_which_one_to_correct_instead() -> None:
    late = session_held(103, supersedes=101)
    play = cases().hear(accepted_referral()).say(session_held(101), session_not_held(201, supersedes=101), late)
    assert play.fate(late) == "already_superseded"
    assert play.refusals[0]["expected"] == numbered(201)


def test_another_partners_session_can_be_neither_corrected_nor_withdrawn() -> None:
    held = session_held(101)
    corrected = session_held(102, supersedes=101, partner="other")
    voided = withdrawn(held, partner="other")
    play = cases(acme(), other()).hear(accepted_referral()).say(held, corrected, voided)
    assert (play.fate(corrected), play.fate(voided)) == ("waiting", "waiting")


def test_a_withdrawn_session_is_gone_and_cannot_be_withdrawn_again() -> None:
    held = session_held(101)
    first, second = withdrawn(held, id=numbered(11)), withdrawn(held, id=numbered(12))
    play = cases().hear(accepted_referral()).say(held, first, second)
    assert (play.fate(first), play.fate(second)) == ("accepted", "already_withdrawn")
    assert play.document.sessions == ()
    assert play.document.wait_days is None


def test_a_referral_that_is_corrected_moves_its_case() -> None:
    moved = accepted_referral(2, supersedes=1, sequence=2, scheme_id="leicester", scheme_area="leicester")
    play = cases().hear(accepted_referral(1), moved)
    assert (play.document.scheme_id, play.document.scheme_area) == ("leicester", "leicester")


def test_an_older_word_about_a_referral_changes_nothing() -> None:
    newer = accepted_referral(2, supersedes=1, sequence=2, on="2025-02-01T10:00")
    play = cases().hear(newer, accepted_referral(1, sequence=1, on="2025-03-03T10:00"))
    assert str(play.document.opened_on) == "2025-02-01"
