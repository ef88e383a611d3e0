"""One notification for each thing to tell, the same however often it is heard; old, void and erased things: none."""

from support.events import numbered, withdrawn
from support.told import (
    KNOWN,
    erasure_requested,
    follow_up_due,
    heard,
    outcome_recorded,
    permission_given,
    referral_made,
    session_held,
    told,
)

from contracts.envelope import Event
from notify_service.domain import Referral
from notify_service.handlers import Known


def _void(target: Event[object]) -> Event[object]:
    return withdrawn(target, accepted_at=target.accepted_at, sequence=8)


def test_hearing_an_event_again_puts_nothing_down() -> None:
    story = (referral_made(permissions=[("referring_gp", "receipt")]), session_held())
    once, rows = heard(*story)
    twice, more = heard(*story, *story)

    assert once == twice
    assert rows == more
    assert [row["what"] for row in rows] == ["referral_received", "referral_received", "taken_up"]


def test_a_replay_gives_the_same_message_ids() -> None:
    story = (referral_made(permissions=[("referring_gp", "receipt")]), session_held(id=numbered(7)))
    assert heard(*story)[1] == heard(*story)[1]


def test_a_notification_holds_nothing_of_what_is_told() -> None:
    _, rows = heard(referral_made(permissions=[("person", "outcome")]), outcome_recorded("closure", "died"))

    assert set(rows[-1]) == {
        "_id", "referral_id", "queue", "recipient", "what", "state", "accepted_at", "next_attempt_at", "attempts",
    }  # fmt: skip
    assert rows[-1]["queue"] == "person/james-wigg"


def test_a_second_session_takes_up_nothing_anew() -> None:
    story = (referral_made(permissions=[("referring_gp", "receipt")]), session_held("2025-03-10"))
    more = session_held("2025-03-17", session_id=numbered(8), id=numbered(9))

    assert heard(*story)[1] == heard(*story, more)[1]


def test_a_corrected_outcome_is_told_instead_of_the_wrong_one() -> None:
    made = referral_made(permissions=[("referring_gp", "outcome")])
    wrong = outcome_recorded("work_status", "entered_work", id=numbered(5))
    right = outcome_recorded("work_status", "returned_to_work", sequence=3, supersedes=numbered(5))
    referral, rows = heard(made, wrong, right)

    assert [row["what"] for row in rows] == ["referral_received", "outcome", "outcome"]
    assert told(made, wrong, right) == told(made, right)
    assert len({row["_id"] for row in rows}) == 3
    assert referral.void == {f"acme/footing.outcome-recorded.v1/{numbered(5)}"}


def test_what_was_entered_in_error_is_not_told() -> None:
    made, session = referral_made(permissions=[("referring_gp", "receipt")]), session_held()

    assert ("referring_gp", "receipt", "taken_up") in told(made, session)
    assert ("referring_gp", "receipt", "taken_up") not in told(made, session, _void(session))
    assert ("referring_gp", "receipt", "taken_up") not in told(made, _void(session), session)


def test_another_partner_voids_nothing_of_ours() -> None:
    made, session = referral_made(permissions=[("referring_gp", "receipt")]), session_held()
    other = withdrawn(session, partner="other", accepted_at=session.accepted_at, sequence=8)

    assert ("referring_gp", "receipt", "taken_up") in told(made, session, other)


def test_a_gate_voids_in_its_own_name_what_it_replaces() -> None:
    made, session = referral_made(permissions=[("referring_gp", "receipt")]), session_held()
    gate = withdrawn(session, partner="footing", accepted_at=session.accepted_at, sequence=8)

    assert ("referring_gp", "receipt", "taken_up") not in told(made, session, gate)


def test_what_was_due_and_is_done_is_no_longer_told() -> None:
    due = follow_up_due()
    assert ("provider", "progress", "follow_up_due") in told(referral_made(), due)
    assert ("provider", "progress", "follow_up_due") not in told(referral_made(), due, _void(due))


def test_a_referral_entered_in_error_is_told_to_nobody() -> None:
    made = referral_made(permissions=[("referring_gp", "receipt")])
    assert told(made, session_held(), _void(made)) == set()


def test_a_referral_corrected_to_another_scheme_is_new_to_that_provider() -> None:
    wrong = referral_made(id=numbered(1))
    right = referral_made(scheme_id="wakefield", scheme_area="wakefield", supersedes=numbered(1), sequence=2)
    _, rows = heard(wrong, right)

    assert [row["queue"] for row in rows] == ["provider/james-wigg", "provider/wakefield"]


def test_a_backfill_of_old_referrals_is_no_news() -> None:
    assert heard(referral_made("2025-03-03", accepted="2025-04-02"))[1] != []  # 30 days
    assert heard(referral_made("2025-03-03", accepted="2025-04-03"))[1] == []  # 31 days


def test_a_permission_given_much_later_does_not_dig_up_the_past() -> None:
    late = permission_given("referring_gp", "receipt", "2025-09-01", 2)
    assert ("referring_gp", "receipt", "referral_received") not in told(referral_made(), late)


def test_how_old_news_may_be_is_a_setting() -> None:
    _, rows = heard(referral_made("2008-03-03", accepted="2025-04-03"), known=Known(oldest_days=10_000))
    assert [row["recipient"] for row in rows] == ["provider"]


def test_an_erased_referral_keeps_nothing_and_hears_nothing_more() -> None:
    referral, _ = heard(referral_made(), session_held(), erasure_requested())

    assert referral == Referral(id=referral.id, erased_at=erasure_requested().accepted_at)
    assert heard(referral_made(), erasure_requested(), session_held())[1] == heard(referral_made())[1]
    assert told(referral_made(), erasure_requested(), follow_up_due()) == set()


def test_made_up_referrals_wait_in_queues_of_their_own_and_say_so() -> None:
    _, rows = heard(referral_made(synthetic=True), known=KNOWN)
    assert [row["queue"] for row in rows] == ["provider/james-wigg/synthetic"]
