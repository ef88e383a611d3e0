"""Which accepted events of a referral stand: corrections and withdrawals, as every gate decides them."""

from typing import Any

from support.events import ADVISER, REFERRAL, at, event, numbered, withdrawn

from contracts.envelope import Event, Problem
from contracts.permission import PermissionGiven
from contracts.session_held import SessionHeld
from contracts.session_not_held import SessionNotHeld
from servicekit.endings import Refuse, Wait
from servicekit.entries import MOST_ENTRIES, Entries, Entry, Recorded

HELD = "footing.session-held.v1"
NOT_HELD = "footing.session-not-held.v1"
SESSIONS = (HELD, NOT_HELD)
GIVEN = {"referral_id": REFERRAL, "recipient": "person", "purpose": "receipt", "on": "2025-03-03"}


def held(number: int, *, session: int = 900, supersedes: int | None = None, partner: str = "acme") -> Event[Any]:
    data: dict[str, Any] = {
        "referral_id": REFERRAL,
        "session_id": numbered(session),
        "started_at": at("2025-03-03T10:00"),
        "minutes": 50,
        "mechanism": "01",
        "setting": "gp_practice",
        "delivered_by": "employment_adviser",
        "adviser_token": ADVISER,
        "attendance": 5,
        "interventions": ("cv",),
    }
    if supersedes is not None:
        data["supersedes"] = numbered(supersedes)
    return event(SessionHeld, data, id=numbered(number), partner=partner, time=data["started_at"])


def not_held(number: int, *, session: int = 900, supersedes: int | None = None) -> Event[Any]:
    data: dict[str, Any] = {
        "referral_id": REFERRAL,
        "session_id": numbered(session),
        "planned_at": at("2025-03-03T10:00"),
        "mechanism": "01",
        "attendance": 3,
    }
    if supersedes is not None:
        data["supersedes"] = numbered(supersedes)
    return event(SessionNotHeld, data, id=numbered(number), time=data["planned_at"])


def record(entries: Entries, said: Event[Any]) -> Recorded | Wait | Refuse:
    return entries.record(said, about="session_id", corrects=SESSIONS)


def after(*said: Event[Any]) -> Entries:
    """The entries once all of these were accepted."""
    entries = Entries()
    for each in said:
        ending = entries.withdraw(each, SESSIONS) if each.type.startswith("footing.entry") else record(entries, each)
        assert isinstance(ending, Recorded)
        entries = ending.entries
    return entries


def test_a_recorded_event_is_seen_and_stands() -> None:
    entries = after(held(1))
    assert entries.seen("acme", HELD, numbered(1)) == Entry(
        partner="acme", type=HELD, id=numbered(1), about=numbered(900)
    )
    assert [entry.id for entry in entries.standing(SESSIONS)] == [numbered(1)]
    assert entries.seen("other", HELD, numbered(1)) is None


def test_a_correction_takes_the_place_of_what_it_supersedes() -> None:
    ending = record(after(held(1)), held(2, supersedes=1))
    assert isinstance(ending, Recorded)
    assert ending.target is not None and ending.target.id == numbered(1)
    assert [entry.id for entry in ending.entries.standing(SESSIONS)] == [numbered(2)]


def test_a_correction_waits_for_a_target_that_was_not_seen() -> None:
    assert record(Entries(), held(2, supersedes=1)) == Wait()


def test_another_partners_event_is_as_unknown_as_none() -> None:
    entries = after(held(1))
    assert record(entries, held(2, session=901, supersedes=1, partner="other")) == Wait()
    assert entries.withdraw(withdrawn(held(1), partner="other"), SESSIONS) == Wait()


def test_a_second_correction_is_told_which_event_to_correct_instead() -> None:
    entries = after(held(1), held(2, supersedes=1), held(3, supersedes=2))
    assert record(entries, held(4, supersedes=1)) == Refuse(
        Problem("already_superseded", "data.supersedes", numbered(3))
    )


def test_what_was_withdrawn_can_be_neither_corrected_nor_withdrawn_again() -> None:
    entries = after(held(1), withdrawn(held(1)))
    expected = "an event that stands"
    assert record(entries, held(2, supersedes=1)) == Refuse(Problem("already_withdrawn", "data.supersedes", expected))
    again = entries.withdraw(withdrawn(held(1)), SESSIONS)
    assert again == Refuse(Problem("already_withdrawn", "data.withdraws.id", expected))


def test_withdrawing_what_was_corrected_names_the_correction() -> None:
    entries = after(held(1), held(2, supersedes=1))
    ending = entries.withdraw(withdrawn(held(1)), SESSIONS)
    assert ending == Refuse(Problem("already_superseded", "data.withdraws.id", numbered(2)))


def test_what_was_corrected_by_an_entry_since_withdrawn_is_void_too() -> None:
    entries = after(held(1), held(2, supersedes=1), withdrawn(held(2)))
    ending = record(entries, held(3, supersedes=1))
    assert ending == Refuse(Problem("already_withdrawn", "data.supersedes", "an event that stands"))
    assert entries.standing(SESSIONS) == ()


def test_a_withdrawal_waits_for_a_target_that_was_not_seen() -> None:
    assert Entries().withdraw(withdrawn(held(1)), SESSIONS) == Wait()


def test_what_no_gate_of_this_kind_accepts_cannot_be_withdrawn_here() -> None:
    given = event(PermissionGiven, GIVEN, id=numbered(1), time=at("2025-03-03"))
    ending = after(held(1)).withdraw(withdrawn(given), SESSIONS)
    assert ending == Refuse(Problem("target_mismatch", "data.withdraws.type", f"one of {HELD}, {NOT_HELD}"))


def test_a_withdrawal_that_names_the_wrong_type_is_refused() -> None:
    ending = after(held(1)).withdraw(withdrawn(not_held(1)), SESSIONS)
    assert ending == Refuse(Problem("target_mismatch", "data.withdraws.id", f"an event of type {NOT_HELD}"))


def test_the_same_session_under_a_new_id_was_already_recorded() -> None:
    ending = record(after(held(1)), held(2))
    assert ending == Refuse(
        Problem("already_recorded", "data.session_id", "a correction with `supersedes`, or a new id")
    )


def test_a_correction_may_not_take_the_session_of_a_third_event() -> None:
    entries = after(held(1, session=900), held(2, session=901))
    ending = record(entries, held(3, session=901, supersedes=1))
    assert isinstance(ending, Refuse) and ending.problem.code == "already_recorded"


def test_a_session_whose_entry_was_withdrawn_may_be_recorded_anew() -> None:
    ending = record(after(held(1), withdrawn(held(1))), held(2))
    assert isinstance(ending, Recorded)


def test_a_session_held_and_one_not_held_may_supersede_each_other_even_with_one_id() -> None:
    entries = after(held(1), not_held(1, supersedes=1), held(2, supersedes=1))
    assert [(entry.type, entry.id) for entry in entries.standing(SESSIONS)] == [(HELD, numbered(2))]


def test_an_event_that_carries_no_correction_is_recorded_as_it_is() -> None:
    given = event(PermissionGiven, GIVEN, id=numbered(1), time=at("2025-03-03"))
    ending = Entries().record(given)
    assert isinstance(ending, Recorded)
    assert ending.entries.items == (Entry(partner="acme", type="footing.permission-given.v1", id=numbered(1)),)


def test_a_referral_has_at_most_two_thousand_events_but_any_of_them_can_be_withdrawn() -> None:
    items = tuple(Entry(partner="acme", type=HELD, id=numbered(n), about=numbered(n)) for n in range(MOST_ENTRIES))
    ending = record(Entries(items), held(5000))
    assert ending == Refuse(Problem("too_many_events", "subject", "at most 2000 events a referral"))
    assert isinstance(Entries(items).withdraw(withdrawn(held(7)), SESSIONS), Recorded)
