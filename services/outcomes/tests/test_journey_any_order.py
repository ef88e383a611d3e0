"""Is a journey the same whatever the order and repetition of its events?"""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from support.events import accepted_referral, at, numbered, session_held, withdrawn
from support.outcomes import accepted, closed, journey, programme, work_status

from outcomes_service.projections.journeys import Journey
from servicekit.documents import from_stored, to_stored

LATE = at("2026-01-01")
WEEK = {"name": "get-ready", "week": 1, "weeks": 12}
STORY = [
    accepted_referral(1),
    accepted(session_held(101, plan={"agreed": True, "aim": "seek"})),
    accepted(
        session_held(102, on="2025-03-17T10:00", session=901, programme={"name": "get-ready", "week": 1, "weeks": 12})
    ),
    accepted(session_held(103, on="2025-03-18T10:00", session=901, supersedes=numbered(102)), LATE),
    programme(on="2025-06-02"),
    work_status(0, "entered_training", on="2025-06-02"),
    work_status(0, "entered_work", on="2025-06-20", number=402),
    work_status(52, "entered_work", on="2026-06-01", number=403),
    accepted(withdrawn(work_status(52, "entered_work", on="2026-06-01", number=403), id=numbered(404)), LATE),
    accepted(closed(on="2025-07-01"), LATE + timedelta(days=1)),
]


@given(st.permutations(STORY), st.lists(st.sampled_from(STORY), max_size=8))
def test_any_order_and_any_repetition_give_the_same_document(events, again):
    assert journey(*events, *again) == journey(*STORY)


@given(st.permutations(STORY), st.integers(0, len(STORY)))
def test_a_journey_that_was_stored_in_between_is_the_same(events, cut):
    stored = from_stored(Journey, to_stored(journey(*events[:cut])))
    rest = journey(*events[:cut], *events[cut:])
    assert from_stored(Journey, to_stored(rest)) == journey(*STORY)
    assert stored == journey(*events[:cut])


def test_its_version_is_the_number_of_its_facts():
    assert journey(*STORY, *STORY).version == len(STORY) == len(journey(*STORY).facts)


def test_the_ids_applied_are_those_of_all_its_events():
    assert {fact.id for fact in journey(*STORY).facts} == {event.id for event in STORY}
