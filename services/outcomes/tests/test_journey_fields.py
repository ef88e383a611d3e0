"""What does a journey say about its referral?"""

from datetime import date

from support.events import accepted_referral, at, numbered, session_held, withdrawn
from support.outcomes import accepted, closed, journey, programme, work_status


def test_a_referral_tells_where_it_came_from_and_how_work_stood():
    made = journey(
        accepted_referral(
            employment_status="01",
            sickness_absence="Y",
            referrer_organisation={"system": "ods", "code": "F83023"},
            main_barrier="msk",
            synthetic=True,
        )
    )
    assert (made.scheme_id, made.area, made.practice) == ("james-wigg", "kentish-town", "F83023")
    assert made.entry is not None
    assert (made.entry.status, made.entry.absence, made.entry.group) == ("01", "Y", "absent")
    assert (made.main_barrier, made.age_band, made.synthetic) == ("msk", "not_known", True)
    assert made.referred_at == at("2025-03-03T10:00")


def test_an_employer_is_no_practice():
    made = journey(accepted_referral(referrer_organisation={"system": "employer", "code": "A12345"}))
    assert made.practice is None


def test_sessions_are_counted_and_the_first_and_the_plan_are_dated():
    made = journey(
        accepted_referral(),
        accepted(session_held(102, on="2025-03-17T10:00", session=901, plan={"agreed": True, "aim": "seek"})),
        accepted(session_held(101, on="2025-03-10T10:00", plan={"agreed": False, "aim": "seek"})),
    )
    assert made.sessions == 2
    assert made.first_session_at == at("2025-03-10T10:00")
    assert made.plan_agreed_at == at("2025-03-17T10:00")


def test_a_programme_tells_when_it_started_and_how_it_went():
    week = {"name": "get-ready", "week": 1, "weeks": 12}
    made = journey(
        accepted(session_held(101, on="2025-03-10T10:00")),
        accepted(session_held(102, on="2025-03-17T23:30", session=901, programme=week)),
        programme("still_on", on="2025-05-01", number=301),
        programme("completed", on="2025-06-02", number=302),
    )
    assert made.programme is not None
    assert made.programme.started_at == date(2025, 3, 17)
    assert made.programme.still_on_at == date(2025, 5, 1)
    assert made.programme.completed_at == date(2025, 6, 2)
    assert made.programme.left_at is None


def test_a_closure_tells_why_and_when():
    made = journey(closed("moved", on="2025-07-01"))
    assert (made.closed_at, made.closed_reason) == (date(2025, 7, 1), "moved")


def test_a_superseded_fact_does_not_count():
    wrong = accepted(session_held(101, minutes=50))
    right = accepted(session_held(102, on="2025-03-11T10:00", supersedes=wrong.id), at("2025-04-01"))
    made = journey(wrong, right)
    assert made.sessions == 1
    assert made.first_session_at == at("2025-03-11T10:00")


def test_a_withdrawn_fact_does_not_count():
    held = accepted(session_held(101))
    made = journey(accepted_referral(), held, accepted(withdrawn(held, id=numbered(150))))
    assert (made.sessions, made.first_session_at) == (0, None)


def test_withdrawing_a_correction_does_not_bring_back_what_it_replaced():
    wrong = accepted(session_held(101))
    right = accepted(session_held(102, supersedes=wrong.id), at("2025-04-01"))
    made = journey(wrong, right, accepted(withdrawn(right, id=numbered(150)), at("2025-05-01")))
    assert made.sessions == 0


def test_another_partners_event_of_the_same_id_is_not_touched():
    ours, theirs = accepted(session_held(101)), accepted(session_held(101, partner="other"))
    made = journey(ours, theirs, accepted(withdrawn(theirs, id=numbered(150))))
    assert made.sessions == 1


def test_a_withdrawn_referral_is_no_referral():
    referral = accepted_referral()
    made = journey(referral, accepted(withdrawn(referral, id=numbered(150))))
    assert made.scheme_id is None


def test_of_several_records_in_the_window_the_latest_day_counts():
    made = journey(
        programme(on="2025-06-02"),
        work_status(52, "not_in_work", on="2026-06-20", number=402),
        work_status(52, "entered_work", on="2026-05-20", number=401),
    )
    assert made.checkpoints["52"].status == "not_in_work"
    assert made.checkpoints["52"].on == date(2026, 6, 20)
    assert made.checkpoints["52"].definition == "seed"
