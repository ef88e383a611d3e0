"""When is FollowUpDue announced, and when is it withdrawn?"""

from support.cases import cases, tick, ticked
from support.events import accepted_referral, at, erasure_requested, outcome_recorded, session_held, withdrawn

COMPLETED = {"programme": {"result": "completed", "on": "2010-09-01"}}


def leicester():
    return accepted_referral(scheme_id="leicester", scheme_area="leicester", on="2010-06-01T10:00")


def test_a_first_contact_is_announced_once() -> None:
    play = cases().hear(leicester())
    assert str(play.document.next_due_on) == "2010-05-25"
    assert ticked(play, "2010-06-02") == ["first_contact"]
    assert play.document.next_due_on is None
    assert ticked(play, "2010-06-03") == []


def test_the_announcement_is_our_own_and_the_same_however_often_it_is_folded() -> None:
    case = cases().hear(leicester()).document
    first, again = tick(case, "2010-06-02").announce[0], tick(case, "2010-06-04").announce[0]
    assert (first.partner, first.source) == ("footing", "urn:footing:partner:footing:case")
    assert (first.subject, str(first.data.due_on)) == (case.id, "2010-06-08")
    assert first.id == again.id


def test_each_checkpoint_is_announced_when_its_window_opens() -> None:
    play = cases().hear(leicester(), outcome_recorded(on="2010-09-01T10:00", **COMPLETED), now=at("2010-09-01"))
    assert ticked(play, "2010-09-01") == ["checkpoint"]
    assert str(play.document.next_due_on) == "2010-09-15"
    assert ticked(play, "2010-09-14") == []
    assert ticked(play, "2010-09-15") == ["checkpoint 4"]
    assert str(play.document.next_due_on) == "2010-11-17"


def test_old_data_that_are_loaded_today_stay_quiet() -> None:
    play = cases().hear(leicester())
    play.say(session_held(on="2010-06-09T10:00"), now=at("2026-06-01"))
    assert play.document.next_due_on is None
    assert ticked(play, "2026-06-01") == []


def test_a_window_that_closed_while_nobody_looked_is_passed_over() -> None:
    play = cases().hear(leicester())
    assert ticked(play, "2010-07-07") == []
    assert play.document.next_due_on is None


def test_what_was_announced_is_withdrawn_when_it_is_met() -> None:
    play = cases().hear(leicester())
    said = tick(play.document, "2010-06-02").announce[0]
    ticked(play, "2010-06-02")
    play.say(session_held(on="2010-06-03T10:00"), now=at("2010-06-03T12:00"))
    voided = play.announced[-1]
    assert (voided.type, voided.partner, voided.data.reason) == ("footing.entry-withdrawn.v1", "footing", "met")
    assert (voided.data.withdraws.type, voided.data.withdraws.id) == ("footing.follow-up-due.v1", said.id)


def test_it_is_withdrawn_once_and_not_announced_again() -> None:
    held = session_held(on="2010-06-03T10:00")
    play = cases().hear(leicester())
    ticked(play, "2010-06-02")
    play.say(held, withdrawn(held), now=at("2010-06-03T12:00"))
    assert len([said for said in play.announced if said.partner == "footing"]) == 1
    assert ticked(play, "2010-06-04") == []


def test_what_was_announced_about_a_withdrawn_referral_was_an_error() -> None:
    made = leicester()
    play = cases().hear(made)
    ticked(play, "2010-06-02")
    play.hear(withdrawn(made))
    assert [said.data.reason for said in play.announced] == ["entered_in_error"]


def test_an_erased_case_keeps_nothing_and_announces_nothing() -> None:
    held = session_held(101)
    play = cases().hear(leicester()).say(held).hear(erasure_requested(on="2026-01-05T10:00"))
    assert play.document.erased_at == at("2026-01-05T10:00")
    assert (play.document.scheme_id, play.document.sessions, play.document.entries.items) == (None, (), ())
    late = session_held(102, session=901)
    play.say(late).hear(outcome_recorded(**COMPLETED), leicester())
    assert play.fate(late) == "erased"
    assert tick(play.document, "2026-01-06").announce == ()
