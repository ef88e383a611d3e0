"""A permission opens from its day; a withdrawal stops at once, whatever the order in which both arrive."""

from itertools import permutations

from support.events import withdrawn
from support.told import (
    notices,
    outcome_recorded,
    permission_given,
    permission_withdrawn,
    referral_made,
    session_held,
    told,
)

GP_RECEIPT = ("referring_gp", "receipt", "referral_received")


def test_a_withdrawal_stops_sharing() -> None:
    made = referral_made("2025-03-03", [("referring_gp", "receipt")])
    assert GP_RECEIPT in told(made)
    assert GP_RECEIPT not in told(made, permission_withdrawn("referring_gp", "receipt", "2025-03-04", 2))


def test_a_withdrawal_stops_at_once_even_if_dated_before_the_referral_or_ahead() -> None:
    made = referral_made("2025-03-03", [("referring_gp", "receipt")])
    for day in ("2025-03-01", "2025-03-03", "2025-12-31"):
        stop = permission_withdrawn("referring_gp", "receipt", day, 2, accepted="2025-03-04")
        assert GP_RECEIPT not in told(made, stop)


def test_a_withdrawal_for_one_purpose_leaves_the_others() -> None:
    made = referral_made("2025-03-03", [("referring_gp", "receipt"), ("referring_gp", "outcome")])
    stop = permission_withdrawn("referring_gp", "receipt", "2025-03-04", 2)
    outcome = outcome_recorded("work_status", "entered_work")

    assert {entry for entry in told(made, stop, outcome) if entry[0] == "referring_gp"} == {
        ("referring_gp", "outcome", "outcome")
    }


def test_a_permission_given_again_opens_again() -> None:
    made = referral_made("2025-03-03", [("referring_gp", "receipt")])
    stop = permission_withdrawn("referring_gp", "receipt", "2025-03-04", 2)
    again = permission_given("referring_gp", "receipt", "2025-03-05", 3)

    assert GP_RECEIPT in told(made, stop, again)


def test_a_permission_of_before_a_withdrawal_that_comes_late_opens_nothing() -> None:
    made = referral_made("2025-03-01")
    stop = permission_withdrawn("referring_gp", "receipt", "2025-03-05", 2)
    late = permission_given("referring_gp", "receipt", "2025-03-02", 3, accepted="2025-03-06")

    assert GP_RECEIPT not in told(made, stop, late)


def test_a_permission_for_a_day_to_come_is_told_from_that_day() -> None:
    ahead = permission_given("referring_gp", "receipt", "2025-03-20", 2, accepted="2025-03-05")
    (notice,) = (n for n in notices(referral_made("2025-03-03"), ahead) if n.cell.recipient == "referring_gp")

    assert notice.not_before.isoformat() == "2025-03-20"


def test_a_permission_entered_in_error_permits_nothing() -> None:
    given = permission_given("jobcentre", "receipt", "2025-03-04", 2)
    made = referral_made("2025-03-03")

    assert ("jobcentre", "receipt", "referral_received") in told(made, given)
    void = withdrawn(given, accepted_at=given.accepted_at, sequence=3)
    assert ("jobcentre", "receipt", "referral_received") not in told(made, given, void)


def test_any_order_of_arrival_ends_with_the_same() -> None:
    story = (
        referral_made("2025-03-03", [("referring_gp", "receipt"), ("person", "progress")]),
        permission_withdrawn("referring_gp", "receipt", "2025-03-04", 2),
        permission_given("referring_gp", "progress", "2025-03-05", 3),
        session_held("2025-03-10"),
        outcome_recorded("programme", "completed", "2025-03-20"),
    )
    ends = [sorted(notices(*order), key=lambda n: n.id) for order in permutations(story)]

    assert {notice.cell[:3] for notice in ends[0]} == {
        ("provider", "receipt", "referral_received"),
        ("referring_gp", "progress", "plan_agreed"),
        ("referring_gp", "progress", "programme_completed"),
        ("person", "progress", "plan_agreed"),
        ("person", "progress", "adjustments"),
        ("person", "progress", "programme_completed"),
    }
    assert all(end == ends[0] for end in ends)
