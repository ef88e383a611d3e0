"""What do staff see of a case, and what never?"""

from datetime import date

from support.cases import cases
from support.events import REFERRAL, accepted_referral, outcome_recorded, session_held, session_not_held
from support.referrals import known

from case_service.api import due_rows, standing
from case_service.domain import Known

KNOWN = Known(known().schemes)


def test_a_late_first_contact_is_shown_with_the_days_that_it_is_late() -> None:
    made = accepted_referral(scheme_id="leicester", scheme_area="leicester", on="2010-06-01T10:00")
    case = cases().hear(made).document
    assert due_rows(case, KNOWN, date(2010, 6, 18)) == [
        {
            "referral_id": REFERRAL,
            "what": "first_contact",
            "checkpoint_weeks": None,
            "due_on": "2010-06-08",
            "overdue_days": 10,
            "synthetic": False,
        }
    ]


def test_what_lies_further_ahead_than_its_window_is_not_shown() -> None:
    case = cases().hear(accepted_referral()).say(session_held(on="2025-03-10T10:00")).document
    assert due_rows(case, KNOWN, date(2025, 5, 18)) == []
    assert [row["what"] for row in due_rows(case, KNOWN, date(2025, 5, 19))] == ["programme_end"]


def test_a_case_is_shown_with_its_wait_its_programme_and_its_end() -> None:
    play = cases().hear(accepted_referral(on="2025-03-03T10:00"))
    play.say(session_held(on="2025-03-10T10:00", programme={"name": "advice", "week": 1, "weeks": 12}))
    play.hear(outcome_recorded(closure={"reason": "moved", "on": "2025-04-01"}))
    assert standing(play.document, KNOWN, date(2025, 3, 20)) == {
        "referral_id": REFERRAL,
        "scheme_id": "james-wigg",
        "area": "kentish-town",
        "synthetic": False,
        "referred_on": "2025-03-03",
        "wait_days": 7,
        "sessions": 1,
        "programme": {"week": 1, "planned_end": "2025-06-02", "ended_on": None},
        "closed_on": "2025-04-01",
        "withdrawn": False,
        "due": [
            {
                "referral_id": REFERRAL,
                "what": "checkpoint",
                "checkpoint_weeks": 0,
                "due_on": "2025-04-01",
                "overdue_days": 0,
                "synthetic": False,
            }
        ],
    }


def test_whether_somebody_did_not_come_is_not_shown() -> None:
    came = cases().hear(accepted_referral())
    before = standing(came.document, KNOWN, date(2025, 4, 1))
    came.say(session_not_held())
    assert standing(came.document, KNOWN, date(2025, 4, 1)) == before
