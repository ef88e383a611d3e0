"""Does `footing doctor` name what is wrong and what to do, on real Kafka and MongoDB, and change nothing?"""

import asyncio
import gc
import json
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from pymongo import MongoClient
from support.real_parts import UniqueNames
from support.waiting import until
from typer.testing import CliRunner

from contracts.topics import inbox, receipts
from ops.commands import doctor as doctor_command
from ops.doctor import here, mongodb
from ops.doctor.finding import Finding
from ops.main import build
from servicekit import topics
from servicekit.restoring import MARKS
from servicekit.settings import ServiceSettings

Doctor = Callable[..., Result]
NOWHERE = "127.0.0.1:1"


@pytest.fixture
def settings(kafka_url: str, mongo_url: str, unique_names: UniqueNames) -> ServiceSettings:
    prefix = unique_names.database("")
    return ServiceSettings(kafka_url=kafka_url, mongo_url=mongo_url, http_port=0, database_prefix=prefix)


@pytest.fixture
def doctor(settings: ServiceSettings) -> Doctor:
    """Run the command with this in its environment, and databases of this test's own."""

    def run(**environment: str) -> Result:
        parts = {"KAFKA_URL": settings.kafka_url, "MONGO_URL": settings.mongo_url}
        given = {**parts, "DATABASE_PREFIX": settings.database_prefix, **environment}
        return CliRunner().invoke(build("doctor"), ["doctor", "--json"], env=given)

    return run


@pytest.fixture
def databases(settings: ServiceSettings, unique_names: UniqueNames) -> Iterator[Callable[[str], Any]]:
    """Databases by the name of their service."""
    client: MongoClient[dict[str, Any]] = MongoClient(settings.mongo_url)
    yield lambda name: client[unique_names.database(name)]
    for name in client.list_database_names():
        if name.startswith(settings.database_prefix):
            client.drop_database(name)
    client.close()


def wrong(result: Result) -> dict[tuple[str, str], dict[str, Any]]:
    """What is not fine, by where and what; each of it says what to do."""
    found = {(each["where"], each["what"]): each for each in json.loads(result.stdout) if not each["fine"]}
    assert all(each["do"] for each in found.values())
    return found


async def made_with_a_short_memory(settings: ServiceSettings, topic: str) -> None:
    """Canonical topics as they must be, and one that keeps an hour; Kafka lists it some time after it has answered."""
    kafka = settings.kafka_connection()
    await topics.ensure_canonical(kafka)
    await topics.ensure(kafka, {topic: (2, {**topics.INBOX, "retention.ms": "3600000"})})
    await until(lambda: topics.found(kafka, lambda name: name == topic))


def test_what_is_wrong_in_databases_and_topics_is_named(
    doctor: Doctor, databases: Callable[[str], Any], settings: ServiceSettings, unique_names: UniqueNames
) -> None:
    partner = unique_names.prefix
    asyncio.run(made_with_a_short_memory(settings, inbox(partner, "session-held")))
    registry = databases("registry")
    registry.partners.insert_one({"_id": partner, "number": 1, "schemes": [], "events": ["session-held"]})
    registry[MARKS].insert_one({"_id": "now", "services": ["case"]})
    databases("case").cases.create_index("next_due_on", sparse=True)

    done = doctor()
    assert done.exit_code == 1
    found = wrong(done)
    assert found["case", "indexes"]["said"] == "missing: cases (scheme_id, due_from)"
    assert found["registry", "indexes"]["said"] == "missing: partners (number)"
    assert "restore of case is under way" in found["MongoDB", "restore"]["said"]
    assert "at least 7776000000: 90 days" in found["Kafka", inbox(partner, "session-held")]["said"]
    assert found["Kafka", receipts(partner)]["said"] == "missing"
    assert databases("case").list_collection_names() == ["cases"]


def test_parts_that_are_away_end_it_with_3_and_the_rest_is_told_all_the_same(doctor: Doctor) -> None:
    with warnings.catch_warnings():  # the driver leaves the socket of an attempt that closing cut short
        warnings.simplefilter("ignore", ResourceWarning)
        done = doctor(KAFKA_URL=NOWHERE, MONGO_URL=f"mongodb://{NOWHERE}/")
        gc.collect()
    assert done.exit_code == 3
    found = wrong(done)
    assert {where for where, what in found if what == "answers"} == {"Kafka", "MongoDB"}
    assert any(each["what"] == "schemes" and each["fine"] for each in json.loads(done.stdout))


def test_a_secret_that_others_can_read_and_one_that_is_not_there_are_named(
    settings: ServiceSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "kafka-password"
    secret.write_text("made-up")
    secret.chmod(0o644)
    monkeypatch.setenv("KAFKA_SASL_PASSWORD_FILE", str(secret))
    monkeypatch.setenv("MONGO_PASSWORD_FILE", str(tmp_path / "nowhere"))
    monkeypatch.setenv("LIVE_WITHOUT_SIGN_IN", "true")
    monkeypatch.setenv("HTTP_HOST", "0.0.0.0")
    monkeypatch.setenv("BATCH_RECORDS", "many")
    found = {(each.where, each.what): each for each in here.look(settings, tmp_path) if not each.fine}
    assert "BATCH_RECORDS" in found["case", "settings"].said
    monkeypatch.delenv("BATCH_RECORDS")

    found = {(each.where, each.what): each for each in here.look(settings, tmp_path) if not each.fine}
    assert found["case", "KAFKA_SASL_PASSWORD_FILE"].do == f"chmod 600 {secret}"
    assert "No such file" in found["case", "MONGO_PASSWORD_FILE"].said
    assert "whoever asks at 0.0.0.0" in found["outcomes", "LIVE_WITHOUT_SIGN_IN"].said


def test_a_disk_that_is_nearly_full_a_clock_that_is_off_and_an_old_server_are_named() -> None:
    assert not here.disk("MongoDB", "disk", 100e9, 9e9).fine
    assert here.disk("MongoDB", "disk", 100e9, 11e9).fine
    assert mongodb.clock(-61).said == "this machine's is 61.0 s behind"
    assert [mongodb.clock(-61).fine, mongodb.clock(59).fine] == [False, True]
    assert [mongodb.version("5.0.31").fine, mongodb.version("6.0.5").fine] == [False, True]


def test_people_read_what_is_wrong_and_what_to_do_as_it_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    doctor_command._show([Finding("Kafka", "topics", fine=False, said="amiss", do="Look at [here].")])
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        "     where  what    said",
        "NOT  Kafka  topics  amiss. Look at [here].",
        "1 of 1 are not as they must be.",
    ]
