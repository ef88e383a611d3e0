"""What `footing backup` leaves, and when `footing restore` says no: before anything is touched."""

import asyncio
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from pymongo import AsyncMongoClient, MongoClient
from typer.testing import CliRunner

from contracts.topics import CANONICAL_TOPICS
from ops.backup import taking
from ops.backup.fit import fit
from ops.errors import Missing
from ops.main import build
from servicekit.restoring import MARKS, BeingRestored, assert_whole, mark, unmark

Footing = Callable[..., Result]
TOPIC = "inbox.acme.session-held"


@pytest.fixture
def footing(kafka_url: str, mongo_url: str, unique_names: Any) -> Footing:
    """Run a command on databases of this test's own."""
    environment = {"KAFKA_URL": kafka_url, "MONGO_URL": mongo_url, "DATABASE_PREFIX": unique_names.database("")}
    return lambda *words: CliRunner().invoke(build(words[0]), list(words), env=environment)


@pytest.fixture
def client(mongo_url: str, unique_names: Any) -> Iterator[MongoClient[dict[str, Any]]]:
    """One case, in a database that has an index of its own; and what is not to be copied."""
    client: MongoClient[dict[str, Any]] = MongoClient(mongo_url)
    database = client[unique_names.database("case")]
    database.cases.insert_one({"_id": "a-case", "version": 3})
    database.cases.create_index([("closed_on", -1)], sparse=True)
    database.probes.insert_one({"_id": "start"})
    yield client
    for name in client.list_database_names():
        if name.startswith(unique_names.database("")):
            client.drop_database(name)
    client.close()


def taken(footing: Footing, folder: Path) -> Result:
    return footing("backup", str(folder), "--service", "case", "--json")


def files(folder: Path) -> dict[str, str]:
    """Each file with its mode."""
    return {
        str(path.relative_to(folder)): f"{stat.S_IMODE(path.stat().st_mode):o}"
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_backup_is_private_and_says_what_it_holds(footing: Footing, client: Any, tmp_path: Path) -> None:
    done = taken(footing, tmp_path / "one")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["documents"] == 1
    assert files(tmp_path / "one") == {"case/cases.bson": "600", "manifest.json": "600"}
    manifest = json.loads((tmp_path / "one/manifest.json").read_text())
    [kept] = manifest["files"]
    assert (kept["database"], kept["collection"], kept["documents"]) == ("case", "cases", 1)
    assert [index["key"] for index in kept["indexes"]] == [{"closed_on": -1}]
    assert manifest["ends"].keys() <= {*CANONICAL_TOPICS}, "nobody is registered here: others' topics are not asked for"
    assert stat.S_IMODE((tmp_path / "one").stat().st_mode) == 0o700


def test_a_backup_is_never_written_over(footing: Footing, client: Any, tmp_path: Path) -> None:
    assert footing("backup", str(tmp_path)).exit_code == 2
    assert footing("backup", str(tmp_path / "no/such/place")).exit_code == 2
    assert footing("backup", str(tmp_path / "one"), "--service", "kitchen").exit_code == 2


def test_one_that_is_stopped_leaves_nothing(
    footing: Footing, client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ctrl_c(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(taking, "put_down", ctrl_c)
    stopped = taken(footing, tmp_path / "one")
    assert (stopped.exit_code, list(tmp_path.iterdir())) == (1, [])
    assert "nothing is left" in stopped.output


def test_what_is_damaged_unfinished_or_of_another_release_is_not_restored(
    footing: Footing, client: Any, tmp_path: Path, unique_names: Any
) -> None:
    folder = tmp_path / "one"
    taken(footing, folder)
    whole, manifest = (folder / "case/cases.bson").read_bytes(), (folder / "manifest.json").read_text()

    (folder / "case/cases.bson").write_bytes(whole[:-1] + b"\x01")
    refused = footing("restore", str(folder), "--replace")
    assert refused.exit_code == 1
    assert "case/cases.bson is not what was written" in refused.output

    (folder / "manifest.json").write_text(manifest.replace('"format": 1', '"format": 9'))
    assert_missing(footing("restore", str(folder), "--replace"), "format 9")
    (folder / "manifest.json").unlink()
    assert_missing(footing("restore", str(folder), "--replace"), "not finished")
    assert client[unique_names.database("case")].cases.find_one() == {"_id": "a-case", "version": 3}


def assert_missing(result: Result, said: str) -> None:
    """It ends with exit code 3, as `ops.main.run` does for `Missing`."""
    assert isinstance(result.exception, Missing), result.output
    assert said in str(result.exception)


def test_what_is_there_is_replaced_only_when_that_is_asked_for(
    footing: Footing, client: Any, tmp_path: Path, unique_names: Any
) -> None:
    database = client[unique_names.database("case")]
    taken(footing, tmp_path / "one")
    database.cases.update_one({"_id": "a-case"}, {"$set": {"version": 4}})
    database.newer.insert_one({"_id": 1})

    refused = footing("restore", str(tmp_path / "one"))
    assert refused.exit_code == 1
    assert "--replace" in refused.output
    assert database.cases.find_one() == {"_id": "a-case", "version": 4}

    done = footing("restore", str(tmp_path / "one"), "--replace", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["databases"] == ["case"]
    assert database.cases.find_one() == {"_id": "a-case", "version": 3}
    assert "closed_on_-1" in database.cases.index_information()
    assert "newer" not in database.list_collection_names()
    assert [name for name in client.list_database_names() if "restoring" in name] == []
    assert MARKS not in client[unique_names.database("registry")].list_collection_names()


KILLED_WHEN_HALF_IS_REPLACED = """
import os, signal
from ops import main
from ops.backup import loading

def replace(client, source, target, first=loading.replace):
    if target.endswith("notify"):
        os.kill(os.getpid(), signal.SIGKILL)
    return first(client, source, target)

loading.replace = replace
main.run()
"""


async def barred(mongo_url: str, prefix: str) -> list[str]:
    """Of these two, the services that may not write."""
    found = []
    async with AsyncMongoClient[dict[str, Any]](mongo_url) as client:
        for name in ("case", "notify"):
            try:
                await assert_whole(client[prefix + name], name)
            except BeingRestored:
                found.append(name)
    return found


def test_one_that_is_killed_when_half_is_replaced_lets_nobody_write_and_comes_right_when_run_again(
    footing: Footing, client: Any, tmp_path: Path, unique_names: Any, kafka_url: str, mongo_url: str
) -> None:
    cases, told = client[unique_names.database("case")].cases, client[unique_names.database("notify")].notifications
    told.insert_one({"_id": "told", "version": 7})
    assert footing("backup", str(tmp_path / "one"), "--service", "case", "--service", "notify").exit_code == 0
    for collection in (cases, told):
        collection.update_many({}, {"$inc": {"version": 1}})

    environment = {"KAFKA_URL": kafka_url, "MONGO_URL": mongo_url, "DATABASE_PREFIX": unique_names.database("")}
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_WHEN_HALF_IS_REPLACED, "restore", str(tmp_path / "one"), "--replace"],
        env=os.environ | environment, check=False, capture_output=True, timeout=60,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert [cases.find_one()["version"], told.find_one()["version"]] == [3, 8]
    assert asyncio.run(barred(mongo_url, unique_names.database(""))) == ["case", "notify"]

    again = footing("restore", str(tmp_path / "one"), "--replace")
    assert again.exit_code == 0, again.output
    assert [cases.find_one()["version"], told.find_one()["version"]] == [3, 7]
    assert asyncio.run(barred(mongo_url, unique_names.database(""))) == []
    assert [name for name in client.list_database_names() if f"{unique_names.prefix}_restoring" in name] == []


async def test_a_service_whose_database_is_being_replaced_does_not_start(mongo_url: str, unique_names: Any) -> None:
    async with AsyncMongoClient[dict[str, Any]](mongo_url) as client:
        registry = client[unique_names.database("registry")]
        await mark(registry, ["case"])
        case, notify = client[unique_names.database("case")], client[unique_names.database("notify")]
        await assert_whole(notify, "notify")
        with pytest.raises(BeingRestored, match="run it again with --replace"):
            await assert_whole(case, "case")
        await unmark(registry)
        await assert_whole(case, "case")


def test_positions_beyond_the_log_mean_that_these_are_other_topics() -> None:
    found = fit({"case gate": {(TOPIC, 0): 8}}, {(TOPIC, 0): 0}, {(TOPIC, 0): 5}, ("a", "a"))
    assert found.elsewhere == ["case gate had read inbox.acme.session-held/0 up to 8, and it ends at 5"]
    assert fit({}, {}, {}, ("a", "b")).elsewhere == ["the backup belongs to Kafka cluster a, and this one is b"]


def test_what_retention_has_removed_since_is_counted_and_what_is_left_to_read_too() -> None:
    found = fit({"case gate": {(TOPIC, 0): 3, (TOPIC, 1): 9}}, {(TOPIC, 0): 5, (TOPIC, 1): 0},
                {(TOPIC, 0): 12, (TOPIC, 1): 10}, ("a", "a"))  # fmt: skip
    assert found.gone == ["inbox.acme.session-held/0: 2 records that case gate would have to read again"]
    assert (found.elsewhere, found.behind) == ([], 8)
