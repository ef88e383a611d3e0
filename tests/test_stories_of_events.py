"""Stories of one event or a few, from outside: which fate stands, what waits, what may come again, what is nobody's."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from corpus.case import UNSAID
from support.outsider import (
    Outsider,
    Said,
    entry_withdrawn,
    new_id,
    outcome_recorded,
    permission_given,
    referral_made,
    until,
)
from support.outsider import session_held as session
from support.whole import STRANGER, Whole

from servicekit.fold import MOST_WAITING_A_REFERRAL

STRUCTURED: Final = b"application/cloudevents+json"


@pytest.fixture(scope="module")
def acme(whole: Whole) -> Outsider:
    return whole.partners["acme"]


@pytest.fixture(scope="module")
def opened(acme: Outsider) -> str:
    """A referral that the gate of sessions knows."""
    opening = referral_made(new_id())
    first = session(opening.subject)
    acme.publish(opening, first)
    until(lambda: "accepted" in acme.fates(first.id))
    return opening.subject


def structured(said: Said) -> Said:
    event = {**said.attributes(), "data": said.data}
    headers = {f"ce_{name}": None for name in said.attributes()}
    return replace(said, value=json.dumps(event).encode(), headers={**headers, "content-type": STRUCTURED})


def receipts_of(acme: Outsider, key: str) -> list[dict[str, Any]]:
    return [said for of, said in acme.told() if of == key]


def test_a_clock_may_be_three_minutes_fast_and_not_a_day(acme: Outsider, opened: str) -> None:
    fast, tomorrow = (
        session(opened, at=(datetime.now(UTC) + ahead).isoformat(timespec="seconds"))
        for ahead in (timedelta(minutes=3), timedelta(days=1))
    )
    acme.publish(fast, tomorrow)
    acme.hears(fast.id, "accepted")
    acme.hears(tomorrow.id, "time_in_future")


def test_what_nobody_registered_writes_is_parked_and_answered_nowhere(whole: Whole) -> None:
    acme = whole.partners["acme"]
    stranger = replace(session(new_id()), topic=STRANGER, partition=1).with_header(
        "ce_source", b"urn:footing:partner:stranger"
    )
    acme.publish(stranger, replace(stranger, value=b"junk"))
    parked = whole.database("case").parked
    until(lambda: parked.count_documents({"record.topic": STRANGER}) == 2)
    causes = {row["_id"]: row["cause"] for row in parked.find({"record.topic": STRANGER})}
    assert causes == {
        f"gate/{STRANGER}/1/0": "partner_unknown",
        f"gate/{STRANGER}/1/1": "unreadable: not_json value",
    }
    assert acme.fates(stranger.id) == []


def test_an_id_stands_for_one_event(acme: Outsider) -> None:
    taken = replace(referral_made(new_id()), partition=0)
    again = structured(taken)  # the same in another mode
    other = taken.with_data(employment_status="04")
    elsewhere = replace(referral_made(new_id()), id=taken.id, partition=0)
    spoilt = taken.with_data(employment_status=UNSAID)
    acme.publish(taken, again, other, elsewhere, spoilt)
    acme.hears(taken.id, "accepted", "duplicate", "id_reused", "id_reused", "id_reused")
    until(lambda: len(acme.ask(taken.id).get("history", ())) == 5)
    assert acme.ask(taken.id)["fate"] == "accepted"


def test_a_refused_record_that_was_mended_may_be_sent_again(acme: Outsider) -> None:
    mended = replace(referral_made(new_id()), partition=0)
    acme.publish(mended.with_data(employment_status=UNSAID), mended)
    acme.hears(mended.id, "code_unknown", "accepted")


def test_corrections_and_withdrawals_hold_once(acme: Outsider, opened: str) -> None:
    first = replace(session(opened), partition=0)
    same = {"session_id": first.data["session_id"], "supersedes": first.id}
    again = replace(session(opened, session_id=first.data["session_id"]), partition=0)
    better, late = (replace(session(opened, minutes=n, **same), partition=0) for n in (40, 41))
    void, void_again = entry_withdrawn(better), entry_withdrawn(better)
    of_nothing = replace(session(opened, supersedes=new_id()), partition=0)
    wrong = replace(entry_withdrawn(replace(first, event="outcome-recorded")), topic="session-held", partition=0)
    acme.publish(first, again, better, late, void, void_again, of_nothing, wrong)
    acme.hears(first.id, "accepted")
    acme.hears(again.id, "already_recorded")
    acme.hears(better.id, "accepted")
    acme.hears(late.id, "already_superseded")
    assert receipts_of(acme, late.id)[0]["expected"] == better.id
    acme.hears(void.id, "accepted")
    acme.hears(void_again.id, "already_withdrawn")
    acme.hears(of_nothing.id, "waiting")
    acme.hears(wrong.id, "wrong_topic")


def test_a_withdrawn_referral_takes_no_more(whole: Whole, acme: Outsider) -> None:
    made = replace(referral_made(new_id()), partition=0)
    acme.publish(made, replace(referral_made(made.subject), partition=0), entry_withdrawn(made), entry_withdrawn(made))
    until(lambda: len([1 for key, said in acme.told() if said["referral_id"] == made.subject]) == 4)
    fates = [said.get("reason") or said["fate"] for _, said in acme.told() if said["referral_id"] == made.subject]
    assert sorted(fates) == ["accepted", "accepted", "already_withdrawn", "referral_exists"]
    late = session(made.subject)
    until(lambda: whole.database("case").cases.find_one({"_id": made.subject, "withdrawn_at": {"$exists": True}}))
    acme.publish(late)
    acme.hears(late.id, "referral_withdrawn")


def test_what_is_about_a_referral_that_is_unknown_or_another_partners_waits(
    whole: Whole, acme: Outsider, opened: str
) -> None:
    other = whole.partners["other"]
    unknown, others = permission_given(new_id()), session(opened)
    outcome = outcome_recorded(new_id(), closure={"reason": "completed", "on": "2025-06-02"})
    acme.publish(unknown, outcome)
    other.publish(others)
    acme.hears(unknown.id, "waiting")
    acme.hears(outcome.id, "waiting")
    other.hears(others.id, "waiting")


def test_two_hundred_sessions_wait_for_their_referral_and_one_more_may_come_again(whole: Whole, acme: Outsider) -> None:
    referral = referral_made(new_id())
    early = [replace(session(referral.subject), partition=1) for _ in range(MOST_WAITING_A_REFERRAL + 1)]
    acme.publish(*early)
    acme.hears(early[-1].id, "too_many_waiting")
    acme.publish(referral)
    until(lambda: len(acme.fates(early[199].id)) == 2)
    assert [acme.fates(said.id) for said in early[:200]] == [["waiting", "accepted"]] * 200
    acme.publish(early[-1])
    acme.hears(early[-1].id, "too_many_waiting", "accepted")
    journeys = whole.database("outcomes").journeys
    until(lambda: journeys.find_one({"_id": referral.subject, "sessions": 201}))
