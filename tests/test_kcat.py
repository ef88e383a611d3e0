"""What stands in for kcat does what kcat does, as far as the partners' scripts use it; kcat itself too, where it is."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]
from support import kcat

OURS = [sys.executable, kcat.__file__]
KCATS = [OURS, ["kcat"]] if shutil.which("kcat") else [OURS]
SCRIPTS = Path(__file__).parents[1] / "docs" / "partners"


def run(command: list[str], *words: str, said: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([*command, *words], input=said, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("command", KCATS, ids=lambda command: Path(command[-1]).name)
def test_what_one_writes_the_other_reads(command: list[str], kafka_url: str, unique_names: Any) -> None:
    topic = unique_names.topic("kcat")
    admin = AdminClient({"bootstrap.servers": kafka_url})
    admin.create_topics([NewTopic(topic, 2, 1)])[topic].result(30)
    where = ("-b", kafka_url, "-t", topic)
    done = run(command, "-P", *where, "-k", "one", "-H", "ce_id=7", "-H", "a=b=c", said='{"a": 1}\n{"b": 2}\n')
    assert done.returncode == 0, done.stderr
    assert [message.headers() for message in kcat.messages(kafka_url, topic)] == [[("ce_id", b"7"), ("a", b"b=c")]] * 2
    for reader in KCATS:
        read = run(reader, "-C", "-q", "-e", *where, "-o", "beginning", "-f", "%k %s\\n")
        assert (read.returncode, read.stdout) == (0, 'one {"a": 1}\none {"b": 2}\n'), read.stderr


def test_what_is_not_imitated_is_refused() -> None:
    assert run(OURS, "-L", "-b", "127.0.0.1:9").returncode == 2


def test_the_scripts_are_plain_shell_and_say_what_they_need() -> None:
    scripts = sorted(SCRIPTS.glob("*.sh"))
    assert len(scripts) >= 5
    for script in scripts:
        first, about, *_ = script.read_text(encoding="utf-8").splitlines()
        assert (first, about[:2]) == ("#!/bin/sh", "# ")
        assert "Needs" in script.read_text(encoding="utf-8")
        assert os.access(script, os.R_OK)
