"""`footing status`, `lag` and `topics` on everything running: what people and scripts see of it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from support.whole import STRANGER, Whole
from typer.testing import CliRunner

from ops.errors import Missing
from ops.main import build

FOOTING = str(Path(sys.executable).with_name("footing"))
NOBODY = "http://127.0.0.1:1"
LOOPS = {"referral": ["gate"], "case": ["gate"], "outcomes": ["gate", "projector"], "notify": ["telling"],
         "door": ["fates"]}  # fmt: skip
Run = Callable[..., Result]


@pytest.fixture
def environment(whole: Whole, tmp_path: Path) -> dict[str, str]:
    """What leads to it, and to no stack of this machine."""
    urls = {f"{name.upper()}_URL": url for name, url in whole.services.urls.items()}
    return {**whole.environment(), **urls, "FOOTING_HOME": str(tmp_path)}


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    return lambda *words, **more: CliRunner().invoke(build(words[0]), words, env={**environment, **more})


def services(said: Result) -> dict[str, dict[str, Any]]:
    return {row["service"]: row for row in json.loads(said.stdout)["services"]}


def test_every_service_loop_and_read_model_is_on_one_screen(run: Run) -> None:
    said = run("status", "--json")
    found = services(said)
    assert {name: [loop["loop"] for loop in row["loops"]] for name, row in found.items()} == LOOPS
    assert {row["state"] for row in found.values()} == {"ready"}
    assert {row["version"] for row in found.values()} == {"0.1.0"}
    assert set(found["outcomes"]["read_models"]) == {"journeys", "persons", "figures"}
    lanes = [(lane["topic"], lane["lane"]) for lane in found["notify"]["loops"][0]["lanes"]]
    assert [number for topic, number in lanes if topic == "session-held"] == list(range(8))
    whole = json.loads(said.stdout)
    assert [(part["part"], part["up"]) for part in whole["parts"]] == [("kafka", True), ("mongod", True)]
    assert said.exit_code == (0 if whole["fine"] else 1)
    assert whole["fine"] == (whole["not_fine"] == [])

    shown = run("status")
    assert all(f" {name} " in shown.stdout for name in ("projector", "journeys", "waiting", "outbox", *LOOPS))
    assert shown.exit_code == said.exit_code


def test_a_service_that_does_not_answer_is_down_and_its_loops_are_looked_up(run: Run) -> None:
    said = run("status", "--json", CASE_URL=NOBODY)
    case = services(said)["case"]
    assert (said.exit_code, case["state"], case["problem"]) == (1, "down", "does not answer (ConnectError)")
    (gate,) = case["loops"]
    assert (gate["loop"], type(gate["behind"]), type(gate["waiting"])) == ("gate", int, int)
    assert (gate["came"], gate["handled"]) == (None, None)
    assert "case does not answer (ConnectError)" in json.loads(said.stdout)["not_fine"]

    shown = run("status", CASE_URL=NOBODY).stdout
    assert next(line for line in shown.splitlines() if " case " in line and NOBODY in line).split()[2] == "down"


def test_another_service_at_its_address_is_not_taken_for_it(run: Run, environment: dict[str, str]) -> None:
    case = services(run("status", "--json", CASE_URL=environment["DOOR_URL"]))["case"]
    assert (case["state"], case["problem"]) == ("down", "is not there: door answers in its place")


def test_a_service_whose_address_nobody_says_is_shown_by_its_loops(run: Run) -> None:
    notify = services(run("status", "--json", NOTIFY_URL=""))["notify"]
    assert (notify["state"], [loop["loop"] for loop in notify["loops"]]) == ("no address", ["telling"])


def test_where_there_is_nothing_to_ask_the_exit_code_says_so(tmp_path: Path) -> None:
    nothing = {"FOOTING_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    said = subprocess.run([FOOTING, "status", "--json"], check=False, capture_output=True, text=True, env=nothing)
    assert (said.returncode, json.loads(said.stdout)["services"]) == (3, [])
    assert said.stderr.startswith("footing: No stack is up")
    assert said.stderr.endswith("Start one with: footing up\n")


def test_watching_ends_at_ctrl_c_without_a_word(environment: dict[str, str]) -> None:
    watching = subprocess.Popen(
        [FOOTING, "status", "--watch", "--json"], env=os.environ | environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert watching.stdout is not None
    looks = [json.loads(watching.stdout.readline()) for _ in range(2)]
    watching.send_signal(signal.SIGINT)
    _, complaint = watching.communicate(timeout=30)
    assert (watching.returncode, complaint) == (0, "")
    assert all({row["service"] for row in look["services"]} == set(LOOPS) for look in looks)


def test_a_pipe_that_is_closed_is_no_accident(environment: dict[str, str]) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    said = subprocess.run(
        [FOOTING, "status"], check=False, env=os.environ | environment, stdout=writes, stderr=subprocess.PIPE, text=True
    )
    os.close(writes)
    assert said.returncode == 1
    assert said.stderr == ""


def test_lag_has_a_row_for_each_lane(run: Run) -> None:
    said = run("lag", "--json", "--service", "outcomes")
    rows = json.loads(said.stdout)
    assert {row["service"] for row in rows} == {"outcomes"}
    assert [row["lane"] for row in rows if row["loop"] == "projector"] == list(range(8))
    assert said.exit_code == (0 if all(row["state"] == "fine" for row in rows) else 1)
    assert "last moved" in run("lag", "--service", "outcomes").stdout


def test_lag_of_a_service_that_there_is_not_is_used_wrongly(run: Run) -> None:
    said = run("lag", "--service", "bookings")
    assert said.exit_code == 2
    assert "outcomes" in said.stderr


def test_topics_are_listed_with_their_readers_and_what_is_wrong_with_them(run: Run) -> None:
    said = run("topics", "--json")
    rows = {row["topic"]: row for row in json.loads(said.stdout)}
    made = rows["referral-made"]
    assert (made["partitions"], made["kept_days"], made["problem"]) == (8, None, None)
    assert made["readers"] == ["case", "notify", "outcomes"]
    inbox = rows["inbox.acme.session-held"]
    assert (inbox["partitions"], inbox["kept_days"], inbox["problem"], inbox["readers"]) == (2, 90.0, None, ["case"])
    assert rows["receipts.acme"]["readers"] == ["the partner", "door"]
    assert "compression.type" in rows[STRANGER]["problem"]
    assert said.exit_code == 1
    assert "for ever" in run("topics").stdout


def test_without_kafka_topics_say_so_in_one_sentence(run: Run) -> None:
    said = run("topics", KAFKA_URL="127.0.0.1:1")
    assert isinstance(said.exception, Missing)  # exit 3
    assert said.exception.message == "Kafka does not answer as it must (KafkaConnectionError)."
    assert (said.stdout, said.stderr) == ("", "")
