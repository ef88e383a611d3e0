"""What operators do is put down on a real MongoDB: who, what, why, what was before and after; also what was refused."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import typer
from click.testing import Result
from pymongo import MongoClient
from typer.testing import CliRunner

from ops import audit
from ops.errors import Missing
from ops.main import COMMANDS, build
from servicekit.settings import ServiceSettings

Footing = Callable[..., Result]

CHANGES = {
    "partner add", "partner rotate", "partner disable", "partner enable", "partner limit", "partner promote",
    "staff add", "staff rotate", "staff disable", "staff enable", "parked retry", "parked discard", "erase",
    "rebuild journeys", "rebuild drop", "release draft", "release publish", "release withdraw", "release discard",
}  # fmt: skip


@pytest.fixture
def footing(kafka_url: str, mongo_url: str, unique_names: Any) -> Iterator[Footing]:
    """Run `footing ...` as j-smith, on databases of this test's own."""
    prefix = f"{unique_names.prefix}_"
    environment = {"KAFKA_URL": kafka_url, "MONGO_URL": mongo_url, "DATABASE_PREFIX": prefix}
    environment |= {"FOOTING_OPERATOR": "j-smith", "COLUMNS": "200"}
    yield lambda *words, **more: CliRunner().invoke(build(words[0]), words, env={**environment, **more})
    with MongoClient[dict[str, Any]](mongo_url) as client:
        for name in ("ops", "registry"):
            client.drop_database(prefix + name)


def test_a_change_is_put_down_with_what_was_before_and_after_and_a_refusal_too(footing: Footing) -> None:
    token = json.loads(footing("staff", "add", "helper", "--schemes", "gateshead", "--json").stdout)["token"]
    assert footing("staff", "disable", "helper", "--why", "has left").exit_code == 0
    assert footing("staff", "disable", "nobody", FOOTING_OPERATOR="manager").exit_code == 1

    refused, disabled, added = json.loads(footing("audit", "--json").stdout)
    assert (refused["who"], refused["what"], refused["ended"]) == ("manager", "staff disable nobody", "refused")
    assert (disabled["who"], disabled["what"], disabled["why"]) == ("j-smith", "staff disable helper", "has left")
    assert (disabled["before"]["disabled"], disabled["after"]["disabled"], disabled["ended"]) == (False, True, "done")
    assert (added["before"], added["after"]["schemes"], added["why"]) == (None, ["gateshead"], None)
    assert token not in json.dumps([refused, disabled, added])
    assert "disabled: false -> true" in footing("audit").stdout

    assert [entry["what"] for entry in _found(footing, "--who", "manager")] == ["staff disable nobody"]
    assert [entry["what"] for entry in _found(footing, "--what", "staff add")] == ["staff add helper"]
    assert [entry["who"] for entry in _found(footing, "--most", "1")] == ["manager"]
    today = datetime.now(UTC).date()
    assert len(_found(footing, "--since", f"{today}", "--until", f"{today}")) == 3
    assert _found(footing, "--since", f"{today + timedelta(days=1)}") == []
    assert _found(footing, "--until", f"{today - timedelta(days=1)}") == []


def test_what_breaks_or_is_interrupted_is_put_down_as_that(mongo_url: str, footing: Footing, unique_names: Any) -> None:
    settings = ServiceSettings(
        kafka_url="", mongo_url=mongo_url, http_port=0, database_prefix=f"{unique_names.prefix}_"
    )
    for error in (KeyboardInterrupt(), ValueError("somebody's name")):
        with pytest.raises(type(error)), audit.audited(settings, "rebuild journeys") as entry:
            entry.before = {"live": "journeys_v1"}
            raise error
    broken, interrupted = _found(footing)
    assert (broken["ended"], interrupted["ended"]) == ("ValueError", "interrupted")
    assert interrupted["before"] == {"live": "journeys_v1"}
    assert "somebody" not in json.dumps(broken)


def test_without_mongodb_nothing_is_said_to_be_put_down() -> None:
    away = ServiceSettings(
        kafka_url="",
        mongo_url="mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=50",
        http_port=0,
        mongo_timeout_seconds=0.2,
    )
    with pytest.raises(Missing, match="`erase` could not be put down in the audit log"):
        audit.put_down(away, "erase", None, audit.Entry())


def test_every_command_that_changes_something_takes_a_reason() -> None:
    assert {words for words, names in _options() if {"--why", "--because"} & names} >= CHANGES


def _found(footing: Footing, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(footing("audit", "--json", *words).stdout)
    return found


def _options() -> Iterator[tuple[str, set[str]]]:
    for name in COMMANDS:
        command: Any = typer.main.get_command(build(name))
        command = command.commands[name]
        leaves = {f"{name} {leaf}": inner for leaf, inner in getattr(command, "commands", {name: command}).items()}
        for words, leaf in leaves.items():
            yield words if hasattr(command, "commands") else name, {o for p in leaf.params for o in p.opts}
