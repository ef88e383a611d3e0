"""The five services together, tried from outside: what goes in at an inbox or the door comes out as a figure, once."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from support.outsider import new_id, outcome_recorded, referral_made, session_held, until
from support.second_opinion import disagreements
from support.settling import settle
from support.whole import NEWCOMER, Whole

from ops.demo.watch import Watch
from ops.services import SERVICES
from ops.simulator import to_kafka
from ops.simulator.scenarios import SCENARIOS
from ops.simulator.telling import Telling
from schemes import load, register

RATE: Final = 250.0  # events a second: slow enough that each service is killed while they come in
PUBLISHED: Final = {  # what the scenario must come out as, disorder or not: k of n
    "completer-success": (174, 200),
    "work-at-52-weeks": (143, 174),
    "work-at-52-weeks-of-entered": (137, 160),
    "work-at-52-weeks-of-completers": (143, 200),
    "capacity-used": (30_000, 54_000),
}
SCHEME: Final = f"""
id: {NEWCOMER}
title: A scheme that was added while the others ran
about: people
country: england
identity: nhs_number
opens: 2020-01-01
providers: [Nobody]
areas:
  - {{id: new-town, title: New Town}}
routes:
  - route: gp
eligibility:
  - entry_groups: [out_of_work]
session_minutes: 45
programme:
  - {{weeks: 12, checkpoints: [0, 4, 13, 26, 52]}}
definitions: [seed]
measures: [users, completer-success, start-rate]
basis: {{title: own, opens: own, routes: own, programme: own, session_minutes: own}}
"""


def figures(whole: Whole, scheme: str, *, synthetic: bool) -> dict[str, tuple[int, int]]:
    """k and n of each measure of a whole scheme, from the API; empty while it cannot answer."""
    try:
        answer = httpx.get(
            f"{whole.services.urls['outcomes']}/api/schemes/{scheme}/figures",
            params={"synthetic": str(synthetic).lower()},
            timeout=20,
        )
    except httpx.TransportError:
        return {}
    if answer.status_code != 200:
        return {}
    found = answer.json()["figures"]
    return {figure["measure"]: (figure["k"], figure["n"]) for figure in found if figure["area"] is None}


def in_view(whole: Whole, scheme: str) -> dict[str, tuple[int, int, int]]:
    """The same from the view that analysts read: k, n and u, of real people."""
    found = whole.database("outcomes").figures.find({"scheme_id": scheme, "synthetic": False})
    return {figure["measure"]: (figure["k"], figure["n"], figure["u"]) for figure in found}


def more(before: dict[str, tuple[int, ...]], after: dict[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    """What was added to each figure; other tests count in the same scheme."""
    added = {
        measure: tuple(now - then for now, then in zip(counts, before.get(measure, (0,) * len(counts)), strict=True))
        for measure, counts in after.items()
    }
    return {measure: counts for measure, counts in added.items() if any(counts)}


def test_a_referral_goes_from_the_inbox_to_view_api_and_receipts(whole: Whole) -> None:
    acme, before = whole.partners["acme"], in_view(whole, "bridgend")
    referral = referral_made(new_id())
    session = session_held(referral.subject, plan={"agreed": True, "aim": "seek"})
    status = {"checkpoint_weeks": 0, "status": "entered_work", "status_on": "2025-06-02"}
    outcome = outcome_recorded(
        referral.subject, work_status={**status, "evidence": "self_report", "definition": "seed"}
    )
    completed = outcome_recorded(referral.subject, programme={"result": "completed", "on": "2025-06-02"})
    acme.publish(referral, session, completed, outcome)

    journey = until(lambda: whole.database("outcomes").journeys.find_one({"_id": referral.subject, "version": 4}))
    assert journey["scheme_id"] == journey["area"] == "bridgend"
    assert journey["entry"] == {"status": "02", "absence": "8", "group": "out_of_work"}
    assert (journey["sessions"], journey["synthetic"]) == (1, False)
    assert journey["programme"]["completed_at"] == "2025-06-02"
    assert journey["checkpoints"]["0"]["status"] == "entered_work"
    assert journey["person_ref"] not in (None, referral.data["person_token"])
    assert set(journey["applied"]) == {said.id for said in (referral, session, outcome, completed)}
    assert more(before, in_view(whole, "bridgend")) == {
        "users": (1, 1, 0),
        "referrals-not-eligible": (0, 1, 0),
        "entered": (1, 1, 0),
        "entered-13": (0, 1, 1),  # nobody said how it was then
        "entered-26": (0, 1, 1),
        "entered-52": (0, 1, 1),
        "follow-ups-known": (1, 5, 4),
        "statuses-not-fitting": (0, 1, 0),
    }

    for said in (referral, session, outcome, completed):
        assert acme.fates(said.id)[-1] == "accepted"
        until(lambda event_id=said.id: acme.ask(event_id).get("fate") == "accepted")


def test_the_provider_is_told_of_a_new_referral_and_not_of_an_old_one(whole: Whole) -> None:
    acme, told = whole.partners["acme"], whole.stack.known.folder / "notify"
    old = referral_made(new_id())
    new = replace(referral_made(new_id()), time=datetime.now(UTC).isoformat(timespec="seconds"))
    acme.publish(old, new)
    until(lambda: any(new.subject in file.read_text() for file in told.glob("*.jsonl")))
    wanted = {"_id": {"$in": [old.subject, new.subject]}}
    until(lambda: whole.database("outcomes").journeys.count_documents(wanted) == 2)  # so others can count after them
    assert not any(old.subject in file.read_text() for file in told.glob("*.jsonl"))


def test_the_same_event_through_the_door_and_by_kafka_at_once_counts_once(whole: Whole) -> None:
    acme, before = whole.partners["acme"], in_view(whole, "bridgend")
    referral = referral_made(new_id())
    assert acme.post(referral).status_code == 202
    session = session_held(referral.subject)
    by_kafka = threading.Thread(target=acme.publish, args=(session,))
    by_kafka.start()
    answer = acme.post(session)
    by_kafka.join()
    assert (answer.status_code, answer.headers["location"]) == (202, f"/events/{session.id}")

    until(lambda: {"accepted", "duplicate"} <= set(acme.fates(session.id)))
    assert sorted(set(acme.fates(session.id)) - {"waiting"}) == ["accepted", "duplicate", "received"]
    journeys = whole.database("outcomes").journeys
    journey = until(lambda: journeys.find_one({"_id": referral.subject, "first_session_at": {"$exists": True}}))
    assert (journey["sessions"], journey["applied"]) == (1, [referral.id, session.id])
    assert more(before, in_view(whole, "bridgend")) == {"users": (1, 1, 0), "referrals-not-eligible": (0, 1, 0)}
    until(lambda: len(acme.ask(session.id).get("history", ())) == len(acme.fates(session.id)))
    assert acme.ask(session.id)["fate"] == "accepted"


def settles(whole: Whole) -> None:
    """Wait until nothing is in hand anywhere; who takes over from the killed needs some seconds."""
    with Watch(whole.settings) as watch:
        settle(watch, 90)


@dataclass(frozen=True)
class Chaos:
    """What happened while the scenario was told: when each service was killed, and what it then still had to hear."""

    killed: dict[str, int]
    said_then: dict[str, int]
    said: int


@pytest.fixture(scope="module")
def chaos(whole: Whole) -> Iterator[Chaos]:
    """Tell `james-wigg` with its disorder; meanwhile add a scheme, and kill -9 each service in turn."""
    (whole.schemes / f"{NEWCOMER}.yaml").write_text(SCHEME)
    told = SCENARIOS["james-wigg"].tell(Telling(schemes=load(), register=register.load()))
    heard: list[float] = []
    speaker = threading.Thread(
        target=to_kafka.send, args=(told, whole.settings, RATE, lambda: heard.append(time.monotonic()))
    )
    speaker.start()
    killed, said_then = {}, {}
    for number, name in enumerate(SERVICES):
        until(lambda wanted=150 + 350 * number: len(heard) >= wanted)
        killed[name], said_then[name] = whole.services.pid(name), len(heard)
        whole.services.kill(name)
    speaker.join()
    settles(whole)
    whole.services.await_ready()
    yield Chaos(killed, said_then, len(heard))


def test_a_kill_of_any_service_in_mid_stream_changes_no_figure(whole: Whole, chaos: Chaos) -> None:
    assert {name: whole.services.pid(name) == pid for name, pid in chaos.killed.items()} == dict.fromkeys(
        SERVICES, False
    )
    assert max(chaos.said_then.values()) < chaos.said
    came_out = figures(whole, "james-wigg", synthetic=True)
    assert {measure: came_out[measure] for measure in PUBLISHED} == PUBLISHED


@pytest.mark.usefixtures("chaos")
def test_a_scheme_that_is_added_as_a_file_has_figures_after_a_restart(whole: Whole) -> None:
    acme = whole.partners["acme"]
    schemes = httpx.get(f"{whole.services.urls['outcomes']}/api/schemes", timeout=20).json()["schemes"]
    assert NEWCOMER in {scheme["id"] for scheme in schemes}
    referral = referral_made(new_id(), scheme_id=NEWCOMER)
    acme.publish(referral, session_held(referral.subject))
    until(lambda: figures(whole, NEWCOMER, synthetic=False).get("users") == (1, 1))
    assert figures(whole, NEWCOMER, synthetic=False)["start-rate"] == (1, 1)


@pytest.mark.usefixtures("chaos")
def test_verify_agrees_to_the_unit(whole: Whole) -> None:
    settles(whole)
    done = subprocess.run(
        [Path(sys.executable).with_name("footing"), "verify", "--json"],
        env=os.environ | whole.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    verdict: dict[str, Any] = json.loads(done.stdout)
    assert verdict["differences"] == []
    assert verdict["journeys"] >= 200
    assert verdict["events"] > 2_000


@pytest.mark.usefixtures("chaos")
def test_an_independent_program_computes_every_field_and_figure_from_the_raw_topics(whole: Whole) -> None:
    with Watch(whole.settings) as watch:
        until(lambda: watch.look().settled)
    assert disagreements(whole.stack.kafka_url, whole.stack.mongo_url, whole.schemes) == []
