"""What is due about a case, and by when?"""

from datetime import date

import pytest
from support.cases import cases, due_of
from support.events import accepted_referral, outcome_recorded, session_held, withdrawn

from case_service.domain import Case, Due

COMPLETED = {"programme": {"result": "completed", "on": "2010-09-01"}}


def leicester(**said: object):
    """A referral to a scheme that promises a first contact within seven days."""
    return accepted_referral(scheme_id="leicester", scheme_area="leicester", on="2010-06-01T10:00", **said)


def told(case: Case) -> list[tuple[str, str]]:
    return [(f"{item.what} {item.checkpoint_weeks or ''}".strip(), str(item.due_on)) for item in due_of(case)]


def test_a_first_contact_is_due_when_the_scheme_promised_it() -> None:
    assert told(cases().hear(leicester()).document) == [("first_contact", "2010-06-08")]


def test_a_scheme_that_promises_nothing_owes_no_first_contact() -> None:
    assert told(cases().hear(accepted_referral()).document) == []


def test_after_the_first_session_the_programmes_end_is_due() -> None:
    """James Wigg plans twelve weeks."""
    play = cases().hear(accepted_referral()).say(session_held(on="2025-03-10T10:00"))
    assert told(play.document) == [("programme_end", "2025-06-02")]


def test_a_programme_ends_when_its_own_sessions_say() -> None:
    """Week 3 of 16 on 24 March: it began on 10 March."""
    programme = {"name": "exercise", "week": 3, "weeks": 16}
    play = cases().hear(accepted_referral()).say(session_held(on="2025-03-24T10:00", programme=programme))
    assert told(play.document) == [("programme_end", "2025-06-30")]


def test_once_the_programme_ended_its_checkpoints_are_due() -> None:
    play = cases().hear(accepted_referral(), outcome_recorded(**COMPLETED))
    assert told(play.document) == [
        ("checkpoint", "2010-09-01"),
        ("checkpoint 4", "2010-09-29"),
        ("checkpoint 13", "2010-12-01"),
        ("checkpoint 26", "2011-03-02"),
        ("checkpoint 52", "2011-08-31"),
    ]


def test_a_checkpoint_that_was_recorded_is_due_no_more() -> None:
    status = {
        "checkpoint_weeks": 4,
        "status": "entered_work",
        "status_on": "2010-09-29",
        "evidence": "employer",
        "definition": "seed",
    }
    recorded = outcome_recorded(302, outcome=951, work_status=status)
    play = cases().hear(accepted_referral(), outcome_recorded(**COMPLETED), recorded)
    assert "checkpoint 4" not in [what for what, _ in told(play.document)]
    play.hear(withdrawn(recorded))
    assert "checkpoint 4" in [what for what, _ in told(play.document)]


def test_a_programme_that_goes_on_has_not_ended() -> None:
    still_on = outcome_recorded(programme={"result": "still_on", "on": "2025-06-02"})
    play = cases().hear(accepted_referral(), still_on).say(session_held(on="2025-03-10T10:00"))
    assert told(play.document) == [("programme_end", "2025-06-02")]


def test_without_a_programmes_end_checkpoints_count_from_the_closure() -> None:
    closed = outcome_recorded(closure={"reason": "goals_met", "on": "2025-06-02"})
    play = cases().hear(leicester(), closed)
    assert told(play.document)[0] == ("checkpoint", "2025-06-02")


@pytest.mark.parametrize("reason", ["declined", "ineligible", "withdrew", "died"])
def test_nobody_is_asked_again_who_is_not_to_be(reason: str) -> None:
    closed = outcome_recorded(302, outcome=951, closure={"reason": reason, "on": "2010-10-01"})
    play = cases().hear(leicester(), outcome_recorded(**COMPLETED), closed)
    assert told(play.document) == []


def test_a_corrected_outcome_moves_what_is_due() -> None:
    corrected = outcome_recorded(302, supersedes=301, programme={"result": "left_early", "on": "2010-08-01"})
    play = cases().hear(accepted_referral(), outcome_recorded(301, **COMPLETED), corrected)
    assert told(play.document)[0] == ("checkpoint", "2010-08-01")


def test_nothing_is_due_about_a_withdrawn_referral() -> None:
    made = leicester()
    assert told(cases().hear(made, withdrawn(made)).document) == []


def test_what_is_late_is_overdue_by_days_and_a_checkpoint_cannot_be_met_after_its_window() -> None:
    contact = Due(date(2010, 6, 8), "first_contact")
    assert (contact.overdue_days(date(2010, 6, 8)), contact.overdue_days(date(2010, 6, 10))) == (0, 2)
    assert contact.stands_on(date(2012, 1, 1))
    checkpoint = Due(date(2010, 9, 29), "checkpoint", 4)
    days = [date(2010, 9, 14), date(2010, 9, 15), date(2010, 10, 27), date(2010, 10, 28)]
    assert [checkpoint.stands_on(day) for day in days] == [False, True, True, False]
