"""What became of an event and of a referral, asked from outside: the door as a partner asks it, and `footing trace`."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from click.testing import Result
from support.outsider import entry_withdrawn, new_id, outcome_recorded, referral_made, session_held, until
from support.whole import Whole
from typer.testing import CliRunner

from ops.main import build


def footing(whole: Whole, command: str, *words: str) -> Result:
    """An operator's command on the whole system."""
    return CliRunner().invoke(build(command), [command, *words], env=whole.environment())


def trace(whole: Whole, *words: str) -> Any:
    done = footing(whole, "trace", *words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def counted(answer: dict[str, Any]) -> list[tuple[str, str, dict[str, int]]]:
    return [(each["measure"], each["counts_from"], each["parts"]) for each in answer.get("counted_in", ())]


def settled(whole: Whole, partner: str, event_id: str) -> dict[str, Any]:
    """What the door says once the read models have the event."""
    return until(lambda: (said := whole.partners[partner].ask(event_id)).get("projected") and said)


def test_a_partner_is_told_the_fate_the_read_model_and_the_figures_of_its_event(whole: Whole) -> None:
    acme, other = whole.partners["acme"], whole.partners["other"]
    referral = referral_made(new_id())
    session = session_held(referral.subject)
    acme.publish(referral, session)
    told = settled(whole, "acme", session.id)

    assert told["fate"] == "accepted"
    assert (told["projected"]["read_model"], told["projected"]["document"]) == ("journeys_v1", referral.subject)
    assert counted(told) == [("users", "2025-03-10", {"k": 1}), ("wait-to-first-session", "2025-03-10", {"7": 1})]
    first = told["counted_in"][0]
    assert (first["scheme_id"], first["area"], first["definition"], first["synthetic"], first["open"]) == (
        "bridgend", "bridgend", "seed", False, False
    )  # fmt: skip
    assert told["not_counted"] is None

    nobodys, others = other._door.get(f"/events/{new_id()}"), other._door.get(f"/events/{session.id}")
    assert (others.status_code, others.json()) == (nobodys.status_code, nobodys.json()) == (404, others.json())


def test_what_is_not_counted_today_says_why(whole: Whole) -> None:
    acme, today = whole.partners["acme"], datetime.now(UTC).date()
    referral = referral_made(new_id())
    session = session_held(referral.subject)
    completed = outcome_recorded(referral.subject, programme={"result": "completed", "on": today.isoformat()})
    said = {"checkpoint_weeks": 0, "status": "entered_work", "status_on": today.isoformat()}
    status = outcome_recorded(referral.subject, work_status={**said, "evidence": "self_report", "definition": "seed"})
    waits, refused = session_held(new_id()), session_held(referral.subject, supersedes=session.id, minutes=60)
    acme.publish(referral, session, completed, status, waits)

    open_window = until(lambda: (said := acme.ask(status.id)).get("counted_in") and said)
    counts_from = (today + timedelta(days=29)).isoformat()
    assert counted(open_window) == [("entered", counts_from, {"k": 1})]
    assert (open_window["not_counted"]["code"], open_window["not_counted"]["counts_from"]) == (
        "window_open", counts_from
    )  # fmt: skip
    until(lambda: acme.ask(waits.id).get("fate") == "waiting")
    assert acme.ask(waits.id)["not_counted"]["code"] == "not_accepted"

    void = entry_withdrawn(session)
    acme.publish(void)
    gone = until(lambda: (said := acme.ask(session.id)).get("not_counted") and said)
    assert (gone["not_counted"]["code"], gone["not_counted"]["event_id"], gone["counted_in"]) == (
        "withdrawn", void.id, []
    )  # fmt: skip
    acme.publish(refused)
    assert until(lambda: (said := acme.ask(refused.id)).get("fate") == "refused" and said)["projected"] is None


def test_trace_tells_each_partner_s_event_of_an_id_and_what_it_is_counted_in(whole: Whole) -> None:
    acme, other = whole.partners["acme"], whole.partners["other"]
    ours = referral_made(new_id())
    theirs = replace(referral_made(new_id(), scheme_id="somerset"), id=ours.id)
    acme.publish(ours)
    other.publish(theirs)
    for partner in ("acme", "other"):
        settled(whole, partner, ours.id)

    found = trace(whole, ours.id)
    assert [(each["partner"], each["referral_id"], each["fate"]) for each in found] == [
        ("acme", ours.subject, "accepted"),
        ("other", theirs.subject, "accepted"),
    ]
    assert {each["counted_in"][0]["scheme_id"] for each in found} == {"bridgend", "somerset"}
    asked = acme.ask(ours.id)
    assert {name: found[0][name] for name in ("history", "counted_in")} == {
        name: asked[name] for name in ("history", "counted_in")
    }
    shown = footing(whole, "trace", ours.id)
    assert shown.exit_code == 0
    assert "acme: footing.referral-made.v1" in shown.stdout
    assert footing(whole, "trace", new_id()).exit_code == 1
    assert footing(whole, "trace").exit_code == 2


def test_the_story_of_a_referral_has_what_every_service_knows_in_order(whole: Whole) -> None:
    acme = whole.partners["acme"]
    now = datetime.now(UTC).isoformat(timespec="seconds")
    referral = replace(referral_made(new_id()), time=now)
    session, wrong = session_held(referral.subject), session_held(referral.subject, mechanism="semaphore")
    correction = session_held(referral.subject, supersedes=new_id())
    completed = outcome_recorded(referral.subject, programme={"result": "completed", "on": now[:10]})
    acme.publish(session)
    until(lambda: acme.fates(session.id))
    acme.publish(referral, wrong, correction, completed)
    settled(whole, "acme", session.id)

    def told() -> dict[str, Any] | None:
        story: dict[str, Any] = trace(whole, "--referral", referral.subject)
        told = {step["about"].partition(",")[0] for step in story["steps"] if step["what"] == "sent"}
        complete = {"refused", "due"} <= {step["what"] for step in story["steps"]}
        return story if story["in_hand"] and complete and "provider: referral_received" in told else None

    story = until(told)
    assert (story["scheme_id"], story["area"], story["synthetic"], story["read_model"]) == (
        "bridgend", "bridgend", False, "journeys_v1"
    )  # fmt: skip
    of_session = [(step["service"], step["what"]) for step in story["steps"] if step["event_id"] == session.id]
    assert of_session == [("case", "waiting"), ("case", "accepted")]
    steps = {(step["service"], step["what"]): step for step in story["steps"]}
    assert steps["referral", "accepted"]["event_id"] == referral.id
    assert steps["referral", "accepted"]["place"].startswith("inbox.acme.referral-made/")
    assert steps["case", "accepted"]["about"].startswith("counted in users")
    assert steps["case", "refused"]["about"] == "code_unknown data.mechanism"
    assert steps["case", "due"]["about"] == f"checkpoint at 0 weeks, due on {now[:10]}"
    assert [step["at"] for step in story["steps"]] == sorted(step["at"] for step in story["steps"])
    parked_in_hand(whole, referral.subject, correction.id)
    assert referral.data["person_token"] not in json.dumps(story)
    shown = footing(whole, "trace", "--referral", referral.subject)
    assert shown.exit_code == 0
    assert "In hand:" in shown.stdout
    assert footing(whole, "trace", "--referral", new_id()).exit_code == 1


def parked_in_hand(whole: Whole, referral: str, waiting: str) -> None:
    """What waits, and beside it what a fault of ours has parked."""
    parked = whole.database("case").parked
    record = {"topic": "inbox.acme.session-held", "partition": 1, "offset": 10**9, "headers": [["ce_id", b"an-id"]]}
    row = {"loop": "gate", "key": referral, "n": 1, "cause": "ValueError", "at": datetime.now(UTC), "record": record}
    put = parked.insert_one(row).inserted_id
    try:
        first, second = trace(whole, "--referral", referral)["in_hand"]
    finally:
        parked.delete_one({"_id": put})
    assert (first["service"], first["what"], first["event_id"]) == ("case", "waits", waiting)
    assert (second["what"], second["event_id"], second["about"], second["place"]) == (
        "parked", "an-id", "gate: ValueError", "inbox.acme.session-held/1/1000000000"
    )  # fmt: skip


def test_of_an_erased_referral_nothing_is_told_but_that_it_was(whole: Whole) -> None:
    acme = whole.partners["acme"]
    referral = referral_made(new_id())
    session = session_held(referral.subject)
    acme.publish(referral, session)
    settled(whole, "acme", session.id)
    assert footing(whole, "erase", "--referral", referral.subject).exit_code == 0

    answer = until(lambda: (said := acme.ask(session.id)).get("not_counted") and said)
    assert (answer["not_counted"]["code"], answer["projected"], answer["counted_in"]) == ("erased", None, [])
    (found,) = trace(whole, session.id)
    assert (found["not_counted"]["code"], found["counted_in"]) == ("erased", [])
    story = trace(whole, "--referral", referral.subject)
    assert story.pop("erased_at")
    assert {name: value for name, value in story.items() if value} == {"referral_id": referral.subject}
    assert "Nothing more is told of it" in footing(whole, "trace", "--referral", referral.subject).stdout
