"""The local stack: what it starts works, what it ends is its own, and what it lacks it says."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from pymongo import MongoClient

from ops import localstack
from ops.errors import Missing
from ops.localstack import jars, local, ports, processes, state
from ops.localstack.choice import Choice, choose
from ops.localstack.processes import Identity
from ops.localstack.state import Part, State

FOOTING = str(Path(sys.executable).with_name("footing"))
OWNER = """
import os, sys, time
from ops import localstack
localstack.start(sys.argv[1], owner_pid=os.getpid(), ephemeral=True, say=lambda line: None)
print("up", flush=True)
time.sleep(600)
"""


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of stacks for each test, with child processes as parts; no process of it may be left at the end."""
    home = tmp_path / "home"
    for name, value in {"FOOTING_HOME": str(home), "FOOTING_PARTS": "local"}.items():
        monkeypatch.setenv(name, value)
    yield home
    left = [
        process for process in psutil.process_iter(["cmdline"]) if str(home) in " ".join(process.info["cmdline"] or ())
    ]
    for process in left:
        process.kill()
    assert left == []


def footing(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([FOOTING, *words], check=False, capture_output=True, text=True, timeout=120)


def wait_until(condition: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.05)


def parts_shown() -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["stack"], row["part"]): row for row in json.loads(footing("status", "--json").stdout)["parts"]}


def test_two_stacks_are_up_at_once_and_each_ends_alone(own_home: Path) -> None:
    starts = [subprocess.Popen([FOOTING, "up", "--name", name], stderr=subprocess.PIPE) for name in ("one", "two")]
    said = [start.communicate(timeout=120)[1].decode() for start in starts]
    assert [start.returncode for start in starts] == [0, 0], said
    assert "local, because FOOTING_PARTS=local" in said[0]

    shown = parts_shown()
    assert sorted(shown) == [("one", "kafka"), ("one", "mongod"), ("two", "kafka"), ("two", "mongod")]
    assert all(row["up"] for row in shown.values())
    assert len({row["port"] for row in shown.values()}) == 4
    assert shown["one", "kafka"]["version"] == "4.3.1"

    exports = footing("env", "--name", "one").stdout
    assert f"export KAFKA_URL=127.0.0.1:{shown['one', 'kafka']['port']}\n" in exports
    assert f"export MONGO_URL='mongodb://127.0.0.1:{shown['one', 'mongod']['port']}/?replicaSet=rs0'\n" in exports
    (two := localstack.find("two")) and two.record({"DOOR_URL": "http://127.0.0.1:8080"})
    assert json.loads(footing("env", "--name", "two", "--json").stdout)["DOOR_URL"] == "http://127.0.0.1:8080"

    assert footing("down", "--name", "one").returncode == 0
    assert sorted(parts_shown()) == [("two", "kafka"), ("two", "mongod")]
    assert (own_home / "one" / "kafka" / "data" / "meta.properties").is_file()

    assert footing("down", "--name", "two", "--wipe").returncode == 0
    assert parts_shown() == {}
    assert not (own_home / "two").exists()


def test_data_outlives_its_stack_and_a_change_of_ports() -> None:
    with localstack.start("dev") as stack, MongoClient[dict[str, Any]](stack.mongo_url) as client:
        client["kept"]["referrals"].insert_one({"_id": "r1"})
        before = {part.name: part.port or 0 for part in stack.known.parts}

    with (
        socket.create_server(("127.0.0.1", before["kafka"])),
        localstack.start("dev", mongo_port=ports.take(None, None, "MongoDB")) as again,
    ):
        now = {part.name: part.port for part in again.known.parts}
        assert now["kafka"] != before["kafka"]
        assert now["mongod"] != before["mongod"]
        with MongoClient[dict[str, Any]](again.mongo_url) as client:
            assert client["kept"]["referrals"].find_one() == {"_id": "r1"}


def test_a_stack_ends_when_its_owner_is_killed(own_home: Path) -> None:
    owner = start_owner("orphan")
    parts = identities("orphan")
    owner.kill()
    owner.communicate()

    wait_until(lambda: not any(processes.find(part) for part in parts))
    wait_until(lambda: not (own_home / "orphan").exists())


def test_a_stack_whose_owner_and_keeper_were_killed_is_ended_by_the_next_status(own_home: Path) -> None:
    owner = start_owner("orphan")
    known = state.read("orphan")
    assert known and known.keeper
    parts = identities("orphan")
    os.kill(known.keeper.pid, signal.SIGKILL)
    wait_until(lambda: known.keeper and processes.find(known.keeper) is None)
    owner.kill()
    owner.communicate()
    assert all(processes.find(part) for part in parts)

    shown = footing("status")

    assert "the owner of stack orphan has died" in shown.stderr
    assert not any(processes.find(part) for part in parts)
    assert not (own_home / "orphan").exists()


def start_owner(name: str) -> "subprocess.Popen[str]":
    owner = subprocess.Popen([sys.executable, "-c", OWNER, name], stdout=subprocess.PIPE, text=True)
    assert owner.stdout and owner.stdout.readline() == "up\n"
    return owner


def identities(name: str) -> list[Identity]:
    known = state.read(name)
    assert known is not None
    found = [part.process for part in known.parts if part.process]
    assert len(found) == 2
    return found


def test_a_stack_in_use_by_another_owner_is_not_shared_and_not_touched() -> None:
    other = subprocess.Popen(["sleep", "60"])
    ours = processes.identity_of(other.pid)
    state.write(State("demo", "local", "a test", owner=ours))
    try:
        with pytest.raises(Missing, match=f"demo is up and belongs to process {other.pid}"):
            localstack.start("demo", owner_pid=os.getpid())
    finally:
        other.kill()
        other.wait()


def test_a_recycled_process_id_is_never_ended() -> None:
    stranger = subprocess.Popen(["sleep", "60"])
    now = processes.identity_of(stranger.pid)
    assert now is not None
    earlier = replace(now, started=now.started - 3600)
    state.write(State("dev", "local", "a test", parts=(Part("kafka", "4.3.1", "127.0.0.1:1", process=earlier),)))

    assert footing("down").returncode == 0

    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_an_earlier_holder_of_a_stack_does_not_end_its_successor() -> None:
    earlier = State("dev", "given", "a test")
    state.write(earlier)
    later = State("dev", "given", "a test")
    state.write(later)

    localstack.Stack(earlier).stop()
    assert state.read("dev") == later

    localstack.Stack(later).stop()
    assert state.read("dev") is None


def test_ctrl_c_while_it_starts_leaves_nothing_behind(own_home: Path) -> None:
    start = subprocess.Popen([FOOTING, "up"], stderr=subprocess.PIPE, text=True)
    wait_until(lambda: (known := state.read("dev")) and known.part("mongod"))
    parts = [part.process for part in (state.read("dev") or State("dev", "", "")).parts]
    start.send_signal(signal.SIGINT)
    said = start.communicate(timeout=60)[1]

    assert start.returncode == 130
    assert "Traceback" not in said
    assert parts
    assert not any(processes.find(part) for part in parts if part)
    assert state.read("dev") is None


def test_a_part_that_ends_while_it_starts_shows_the_end_of_its_log() -> None:
    with pytest.raises(Missing, match="mongod ended while it started") as failure:
        localstack.start("dev", mongod_arguments=["--no-such-option"])
    assert "unrecognised option '--no-such-option'" in failure.value.hint
    assert state.read("dev") is None


def test_a_fixed_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = footing("up", "--kafka-port", str(port))
    assert refused.returncode == 3
    assert f"Port {port} for Kafka is taken by another program." in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_jar_with_another_hash_is_not_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jars.class_path(say=print)
    damaged = tmp_path / "cache" / jars.jar_folder().name
    damaged.mkdir(parents=True)
    for jar in jars.jar_folder().glob("*.jar"):
        (damaged / jar.name).symlink_to(jar)
    (damaged / "kafka-clients-4.3.1.jar").unlink()
    (damaged / "kafka-clients-4.3.1.jar").write_bytes(b"not the jar")
    monkeypatch.setenv("FOOTING_CACHE", str(tmp_path / "cache"))

    with pytest.raises(Missing, match=r"kafka-clients-4.3.1.jar is not the file that Footing was built with"):
        localstack.start("dev")
    assert state.read("dev") is None


def test_a_refused_download_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = closed.getsockname()[1]
    monkeypatch.setenv("FOOTING_CACHE", str(tmp_path / "cache"))
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{nobody}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(Missing, match=r"Fetching \S+\.jar was refused") as refused:
        jars.class_path(say=print)
    assert "KAFKA_URL and MONGO_URL" in refused.value.hint
    assert list(jars.jar_folder().glob("**/*.jar")) == []


def test_data_of_another_version_is_refused_until_it_is_wiped(own_home: Path) -> None:
    (own_home / "dev").mkdir(parents=True)
    made = {"kind": "local", "versions": {"kafka": "3.9.1", "mongod": "6.0.5"}, "ports": {}}
    (own_home / "dev" / "data.json").write_text(json.dumps(made))

    refused = footing("up")
    assert refused.returncode == 3
    assert "The data of stack dev was made by kafka 3.9, and this is kafka 4.3." in refused.stderr
    assert "footing down --name dev --wipe" in refused.stderr

    assert footing("down", "--wipe").returncode == 0
    assert not (own_home / "dev").exists()


def test_a_mongod_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MONGOD_BIN", str(tmp_path / "mongod"))
    with pytest.raises(Missing, match="there is no such file"):
        localstack.start("dev")


def test_a_library_that_mongod_lacks_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The loader's own words, as Debian 11 prints them for a mongod that was built for Ubuntu 22.04."""
    lacking = tmp_path / "mongod"
    said = "error while loading shared libraries: libcrypto.so.3: cannot open shared object file"
    lacking.write_text(f"#!/bin/sh\necho '{lacking}: {said}' >&2\nexit 127\n")
    lacking.chmod(0o755)
    monkeypatch.setenv("MONGOD_BIN", str(lacking))
    with pytest.raises(Missing, match=r"this machine lacks the library libcrypto\.so\.3"):
        localstack.start("dev")


def test_a_full_disk_is_said_before_anything_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    free = shutil.disk_usage("/").free
    monkeypatch.setattr(local, "LEAST_FREE_BYTES", 2 * free)
    with pytest.raises(Missing, match=r"Only \d+ MB are free"):
        localstack.start("dev")


@pytest.mark.parametrize(("given", "lacking"), [("KAFKA_URL", "MONGO_URL"), ("MONGO_URL", "KAFKA_URL")])
def test_one_address_without_the_other_is_refused(given: str, lacking: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FOOTING_PARTS")
    monkeypatch.delenv(lacking, raising=False)
    monkeypatch.setenv(given, "127.0.0.1:1")
    refused = footing("up")
    assert refused.returncode == 3
    assert f"{given} is set and {lacking} is not." in refused.stderr


def test_docker_that_is_asked_for_and_not_there_is_an_error_and_not_a_fallback(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FOOTING_PARTS", "docker")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    with pytest.raises(Missing, match="FOOTING_PARTS=docker, and no Docker engine answers"):
        localstack.start("dev")
    assert state.read("dev") is None


def test_the_reason_for_child_processes_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("FOOTING_PARTS", "KAFKA_URL", "MONGO_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    assert choose() == Choice("local", "no KAFKA_URL and MONGO_URL are given, and no Docker engine answers")


def test_given_parts_are_used_and_left_alone(kafka_url: str, mongo_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FOOTING_PARTS")
    monkeypatch.setenv("KAFKA_URL", kafka_url)
    monkeypatch.setenv("MONGO_URL", mongo_url)
    with localstack.start("dev") as stack:
        assert (stack.kafka_url, stack.mongo_url) == (kafka_url, mongo_url)
        assert stack.known.why == "KAFKA_URL and MONGO_URL are given"
    with MongoClient[dict[str, Any]](mongo_url) as client:
        assert client.admin.command("hello")["isWritablePrimary"]


def test_given_parts_that_do_not_answer_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOOTING_PARTS", "given")
    monkeypatch.setenv("KAFKA_URL", "127.0.0.1:1")
    monkeypatch.setenv("MONGO_URL", "mongodb://127.0.0.1:1/?replicaSet=rs0")
    with pytest.raises(Missing, match=r"No Kafka answers at 127\.0\.0\.1:1"):
        localstack.start("dev")
