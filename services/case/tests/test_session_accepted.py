"""When is a session accepted, and what does the case know then?"""

from datetime import date

import pytest
from support.cases import cases
from support.events import (
    REFERRAL,
    accepted_referral,
    at,
    numbered,
    session_held,
    session_not_held,
    withdrawn,
)
from support.referrals import acme, other

from case_service.handlers import HEARS
from servicekit.entries import MOST_ENTRIES, Entries, Entry


def test_a_referral_opens_a_case() -> None:
    case = cases().hear(accepted_referral(on="2025-03-03T10:00")).document
    assert (case.id, case.scheme_id, case.scheme_area, case.partner) == (REFERRAL, "james-wigg", "kentish-town", "acme")
    assert case.opened_at == at("2025-03-03T10:00")


def test_a_session_of_a_known_referral_goes_on() -> None:
    held = session_held()
    play = cases().hear(accepted_referral()).say(held)
    assert play.fate(held) == "accepted"
    assert [(said.id, said.sequence) for said in play.announced] == [(held.id, 2)]


def test_the_wait_is_counted_in_days_of_london() -> None:
    """23:30 UTC on 30 June is 1 July in London."""
    play = cases().hear(accepted_referral(on="2025-06-30T23:30"))
    assert play.document.wait_days is None
    play.say(session_held(101, on="2025-07-09T10:00"), session_held(102, session=901, on="2025-07-04T10:00"))
    assert play.document.wait_days == 3


def test_a_session_of_a_programme_says_which_week_it_was() -> None:
    programme = {"name": "exercise", "week": 3, "weeks": 12}
    play = cases().hear(accepted_referral()).say(session_held(programme=programme, on="2025-03-17T10:00"))
    [session] = play.document.sessions
    assert (session.on, session.week, session.weeks) == (date(2025, 3, 17), 3, 12)


def test_a_session_not_held_is_no_session() -> None:
    missed = session_not_held()
    play = cases().hear(accepted_referral()).say(missed)
    assert play.fate(missed) == "accepted"
    assert play.document.sessions == ()


@pytest.mark.parametrize("second", [session_held(102), session_not_held(202), session_held(103, partner="other")])
def test_one_session_is_recorded_once_whoever_says_it_again(second) -> None:
    play = cases(acme(), other()).hear(accepted_referral()).say(session_held(101), second)
    assert play.fate(second) == "already_recorded"
    assert len(play.document.sessions) == 1


def test_nothing_is_taken_about_a_withdrawn_referral_but_a_session_can_still_be_voided() -> None:
    made, held, late = accepted_referral(), session_held(101), session_held(102, session=901)
    play = cases().hear(made).say(held).hear(withdrawn(made)).say(late, withdrawn(held))
    assert play.fate(late) == "referral_withdrawn"
    assert play.document.sessions == ()


def test_a_real_session_of_a_synthetic_person_is_refused() -> None:
    held = session_held(synthetic=False)
    play = cases().hear(accepted_referral(synthetic=True)).say(held)
    assert play.fate(held) == "synthetic_differs"
    assert play.refusals[0]["expected"] == "true"


def test_a_referral_has_at_most_two_thousand_events() -> None:
    play = cases().hear(accepted_referral())
    full = tuple(
        Entry(partner="acme", type="footing.session-held.v1", id=numbered(n), about=numbered(n))
        for n in range(10_000, 10_000 + MOST_ENTRIES)
    )
    play.document.entries = Entries(full)
    held = session_held()
    play.say(held)
    assert play.fate(held) == "too_many_events"


def test_the_service_hears_what_the_contract_gives_it() -> None:
    assert sorted(payload.__name__ for payload in HEARS.gate) == ["EntryWithdrawn", "SessionHeld", "SessionNotHeld"]
