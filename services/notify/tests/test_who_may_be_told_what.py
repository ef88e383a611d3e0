"""The table of the rules: every event, every recipient, every purpose; and nothing beside it."""

import json

import pytest
from support.events import REFERRAL
from support.told import (
    EVERY_PERMISSION,
    PURPOSES,
    RECIPIENTS,
    follow_up_due,
    notices,
    outcome_recorded,
    referral_made,
    session_held,
    told,
)

from contracts.topics import CANONICAL_TOPICS, EVENT_TYPES
from notify_service.domain import TABLE
from notify_service.handlers import HEARS

MADE = referral_made(permissions=EVERY_PERMISSION)
EVENTS = {
    "session": session_held(),
    "completed": outcome_recorded("programme", "completed"),
    "left early": outcome_recorded("programme", "left_early"),
    "work status": outcome_recorded("work_status", "returned_to_work"),
    "declined": outcome_recorded("closure", "declined"),
    "ineligible": outcome_recorded("closure", "ineligible"),
    "withdrew": outcome_recorded("closure", "withdrew"),
    "no contact": outcome_recorded("closure", "no_contact"),
    "due": follow_up_due(),
}
# Written by hand from the rules: what each event adds to the receipt of the referral, for whom and under which purpose.
ADDS = {
    "session": {
        ("referring_gp", "receipt"): {"taken_up"},
        ("referring_gp", "progress"): {"plan_agreed"},
        ("employer", "progress"): {"adjustments"},
        ("person", "receipt"): {"taken_up"},
        ("person", "progress"): {"plan_agreed", "adjustments"},
    },
    "completed": {
        ("referring_gp", "progress"): {"programme_completed"},
        ("referring_gp", "outcome"): {"outcome"},
        ("person", "progress"): {"programme_completed"},
        ("person", "outcome"): {"outcome"},
    },
    "left early": {("referring_gp", "outcome"): {"outcome"}, ("person", "outcome"): {"outcome"}},
    "work status": {("referring_gp", "outcome"): {"outcome"}, ("person", "outcome"): {"outcome"}},
    "declined": {
        ("referring_gp", "receipt"): {"declined"},
        ("referring_gp", "outcome"): {"outcome"},
        ("person", "receipt"): {"declined"},
        ("person", "outcome"): {"outcome"},
    },
    "ineligible": {
        ("referring_gp", "receipt"): {"declined"},
        ("referring_gp", "outcome"): {"outcome"},
        ("person", "receipt"): {"declined"},
        ("person", "outcome"): {"outcome"},
    },
    "withdrew": {("referring_gp", "outcome"): {"outcome"}, ("person", "outcome"): {"outcome"}},
    "no contact": {("referring_gp", "outcome"): {"outcome"}, ("person", "outcome"): {"outcome"}},
    "due": {("provider", "progress"): {"follow_up_due"}, ("person", "progress"): {"follow_up_due"}},
}


@pytest.mark.parametrize("recipient", RECIPIENTS)
@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("name", EVENTS)
def test_an_event_is_told_exactly_where_the_table_says(name: str, recipient: str, purpose: str) -> None:
    new = told(MADE, EVENTS[name]) - told(MADE)

    expected = ADDS[name].get((recipient, purpose), set())
    assert {what for whom, why, what in new if (whom, why) == (recipient, purpose)} == expected


def test_a_referral_is_received_by_all_who_may_know() -> None:
    everybody = {(recipient, "receipt", "referral_received") for recipient in RECIPIENTS}
    assert told(MADE) == everybody


def test_without_permission_only_the_provider_is_told() -> None:
    everything = (referral_made(), *EVENTS.values())

    assert told(*everything) == {
        ("provider", "receipt", "referral_received"),
        ("provider", "progress", "follow_up_due"),
    }


@pytest.mark.parametrize(("recipient", "purpose"), EVERY_PERMISSION)
def test_one_permission_opens_one_purpose_for_one_recipient(recipient: str, purpose: str) -> None:
    one = referral_made(permissions=[(recipient, purpose)])

    opened = {(whom, why) for whom, why, _ in told(one, *EVENTS.values())} - {
        ("provider", "receipt"),
        ("provider", "progress"),
    }
    assert opened <= {(recipient, purpose)}


def test_each_pair_of_recipient_and_purpose_is_decided() -> None:
    assert set(TABLE) == {(recipient, purpose) for recipient in RECIPIENTS for purpose in PURPOSES}


def test_what_the_others_are_told_holds_nothing_more_than_the_table() -> None:
    data = {
        (notice.cell.recipient, notice.cell.what): notice.data
        for notice in notices(MADE, session_held(), outcome_recorded("work_status", "returned_to_work"))
    }

    assert {key: said for key, said in data.items() if key[0] != "person"} == {
        ("referring_gp", "referral_received"): {"referral_id": REFERRAL},
        ("referring_gp", "taken_up"): {"referral_id": REFERRAL},
        ("referring_gp", "plan_agreed"): {"referral_id": REFERRAL},
        ("referring_gp", "outcome"): {"referral_id": REFERRAL, "kind": "returned_to_work", "on": "2025-03-20"},
        ("provider", "referral_received"): {
            "referral_id": REFERRAL,
            "on": "2025-03-03",
            "scheme_id": "james-wigg",
            "scheme_area": "kentish-town",
            "source_code": "A1",
            "referrer_system": "ods",
            "referrer_code": "F83023",
            "employment_status": "01",
            "sickness_absence": "Y",
        },
        ("employer", "referral_received"): {"referral_id": REFERRAL},
        ("employer", "adjustments"): {"referral_id": REFERRAL},
        ("jobcentre", "referral_received"): {"referral_id": REFERRAL},
    }


def test_an_employer_or_a_jobcentre_never_learns_of_attendance_condition_plan_or_outcome() -> None:
    everything = (MADE, session_held("2025-03-10"), session_held("2025-03-17", session_id=REFERRAL), *EVENTS.values())
    messages = [notice for notice in notices(*everything) if notice.cell.recipient in ("employer", "jobcentre")]

    assert sorted((notice.cell.recipient, notice.cell.what) for notice in messages) == [
        ("employer", "adjustments"),  # once, however many sessions
        ("employer", "referral_received"),
        ("jobcentre", "referral_received"),
    ]
    said = json.dumps([dict(notice.data) for notice in messages])
    for word in ("2025", "session", "plan", "taken", "mental", "talking", "completed", "left", "declined", "withdrew"):
        assert word not in said


def test_what_is_due_is_told_with_its_day() -> None:
    (due,) = (n for n in notices(referral_made(), follow_up_due()) if n.cell.what == "follow_up_due")

    assert due.data == {
        "referral_id": REFERRAL,
        "what": "checkpoint",
        "due_on": "2025-03-10",
        "checkpoint_weeks": 13,
    }


def test_sessions_that_were_not_held_are_not_even_heard() -> None:
    heard = {EVENT_TYPES[name].canonical for name in EVENT_TYPES if EVENT_TYPES[name].topic != "session-not-held"}
    assert "session-not-held" in CANONICAL_TOPICS
    assert set(HEARS.follow) <= heard
    assert not HEARS.gate
