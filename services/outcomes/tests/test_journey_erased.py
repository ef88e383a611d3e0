"""What is left of a journey once it is erased?"""

from dataclasses import replace

from support.events import REFERRAL, accepted_referral, at, event, session_held
from support.outcomes import accepted, journey, known

from contracts.erasure_requested import ErasureRequested
from outcomes_service.projections.cells import cells
from servicekit.documents import to_stored

ERASED = replace(
    event(
        ErasureRequested,
        {"referral_id": REFERRAL, "reason_code": "person_asked"},
        partner="footing",
        time=at("2026-02-01"),
    ),
    accepted_at=at("2026-02-01"),
)


def test_nothing_but_the_fact_that_it_was():
    made = journey(accepted_referral(), accepted(session_held()), ERASED)
    assert to_stored(made) == {"_id": REFERRAL, "version": 3, "erased_at": at("2026-02-01")}


def test_what_comes_later_is_ignored():
    assert journey(ERASED, accepted_referral(), accepted(session_held()), ERASED).facts == ()


def test_it_counts_in_nothing():
    assert not list(cells(journey(accepted_referral(), ERASED), known()))
