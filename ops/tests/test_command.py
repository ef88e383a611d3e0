"""The `footing` command itself: help, exit codes, no traceback for what can be foreseen."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from ops.main import COMMANDS, build

FOOTING = str(Path(sys.executable).with_name("footing"))


def footing(*words: str, home: Path | None = None, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/bin:/bin", "FOOTING_HOME": str(home or "/nonexistent"), "COLUMNS": "120", **settings}
    return subprocess.run([FOOTING, *words], check=False, capture_output=True, text=True, timeout=60, env=environment)


def test_help_lists_every_command() -> None:
    shown = footing("--help")
    assert shown.returncode == 0
    assert [name for name in COMMANDS if f" {name} " not in shown.stdout] == []


def test_the_help_of_each_command_ends_with_an_example() -> None:
    lacking = [words for words, text in helps() if f"footing {words}" not in text.partition("Example:")[2]]
    assert lacking == []


def helps() -> Iterator[tuple[str, str]]:
    """Give the words and the help text of every command, those of groups among them."""
    for name in COMMANDS:
        command = typer.main.get_command(build(name)).commands[name]
        for words, leaf in leaves(name, command):
            yield words, leaf.help or ""


def leaves(words: str, command: Any) -> Iterator[tuple[str, Any]]:
    """Give a command itself, or those of a group."""
    if not hasattr(command, "commands"):
        yield words, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from leaves(f"{words} {name}", inner)


def test_an_unknown_command_is_used_wrongly() -> None:
    refused = footing("upp")
    assert refused.returncode == 2
    assert "Did you mean" in refused.stderr


def test_what_is_not_there_is_said_in_one_sentence_with_what_to_do(tmp_path: Path) -> None:
    refused = footing("env", "--name", "nowhere", home=tmp_path)
    assert refused.returncode == 3
    assert refused.stderr == "footing: Stack nowhere is not up.\nStart it with: footing up --name nowhere\n"
    assert refused.stdout == ""


def test_a_name_that_cannot_be_a_folder_is_refused(tmp_path: Path) -> None:
    refused = footing("env", "--name", "../elsewhere", home=tmp_path)
    assert refused.returncode == 3
    assert "cannot be the name of a stack" in refused.stderr


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"MONGO_URL": "http://me:hunter2@there"}, "MONGO_URL is not an address of MongoDB."),
        ({"MONGO_URL": "mongodb://me:hun/ter2@there:27017/"}, "MONGO_URL is not an address of MongoDB."),
        ({"KAFKA_URL": "there:hunter2"}, "KAFKA_URL is not an address of Kafka."),
        ({"MONGO_TIMEOUT_SECONDS": "hunter2"}, "The environment says what cannot be: MONGO_TIMEOUT_SECONDS."),
        (
            {"MONGO_USERNAME": "me", "MONGO_PASSWORD_FILE": "/nowhere"},
            "A file of the settings cannot be read: /nowhere (No such file or directory).",
        ),
    ],
)
def test_settings_that_cannot_be_are_named_and_never_quoted(settings: dict[str, str], said: str) -> None:
    refused = footing("audit", **{"KAFKA_URL": "there:9092", "MONGO_URL": "mongodb://there:27017/", **settings})
    assert (refused.returncode, refused.stdout) == (3, "")
    first, what_to_do = refused.stderr.splitlines()
    assert first == f"footing: {said}"
    assert what_to_do.endswith(".")
    assert "hun" not in refused.stderr


def test_output_that_nobody_can_keep_or_reads_ends_without_a_traceback() -> None:
    with Path("/dev/full").open("w") as full:
        unkept = subprocess.run([FOOTING, "--help"], check=False, stdout=full, stderr=subprocess.PIPE, text=True)
    assert (unkept.returncode, unkept.stderr.splitlines()[0]) == (3, "footing: No space left on device.")
    with subprocess.Popen([FOOTING, "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as unread:
        assert unread.stdout and unread.stderr
        unread.stdout.close()
        assert (unread.stderr.read(), unread.wait()) == (b"", 1)


AS_IN_A_TERMINAL = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from ops.main import run
run()
"""


def test_ctrl_c_ends_it_with_a_line_and_no_traceback() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        there = f"127.0.0.1:{silent.getsockname()[1]}"
        environment = {"PATH": "/usr/bin:/bin", "KAFKA_URL": there, "MONGO_URL": f"mongodb://{there}/"}
        command = [sys.executable, "-c", AS_IN_A_TERMINAL, "audit"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as waiting:
            silent.settimeout(60)
            heard, _ = silent.accept()
            waiting.send_signal(signal.SIGINT)
            out, error = waiting.communicate()
            heard.close()
    assert (waiting.returncode, out, error) == (130, b"", b"footing: interrupted.\n")
