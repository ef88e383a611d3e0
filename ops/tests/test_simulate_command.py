"""`footing simulate`: to real inbox topics, and as JSON lines."""

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from confluent_kafka import Consumer
from pymongo import MongoClient
from typer.testing import CliRunner

from ops.connection import settings_for
from ops.errors import Missing
from ops.main import build
from ops.partners import Registry
from ops.simulator import partner, to_kafka
from ops.simulator.scenarios import SCENARIOS
from ops.simulator.telling import Telling
from schemes import load, register


@pytest.fixture
def environment(kafka_url: str, mongo_url: str, unique_names: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """Kafka and MongoDB of the tests, and a registry of this test's own. Returns the prefix."""
    monkeypatch.setenv("KAFKA_URL", kafka_url)
    monkeypatch.setenv("MONGO_URL", mongo_url)
    monkeypatch.setenv("DATABASE_PREFIX", f"{unique_names.prefix}_")
    return str(unique_names.prefix)


def test_partners_are_registered_once_and_speak_to_their_inboxes(environment: str, kafka_url: str) -> None:
    settings = settings_for("none")
    wigg = replace(SCENARIOS["james-wigg"].partners[0], name=f"{environment}-wigg")
    assert partner.register([wigg], Registry(settings)).keys() == {wigg.name}
    assert partner.register([wigg], Registry(settings)) == {}
    assert partner.register([wigg], Registry(settings), tokens=True)[wigg.name].startswith("ftg_")
    telling = Telling(schemes=load(), register=register.load(), share=0.1)
    records = [replace(record, partner=wigg.name) for record in SCENARIOS["james-wigg"].tell(telling)]
    heard: list[int] = []
    assert to_kafka.send(records, settings, None, lambda: heard.append(1)) == len(records) == len(heard)
    expected = Counter((record.inbox, record.key, record.value) for record in records)
    assert _read(kafka_url, environment, sorted({record.inbox for record in records}), len(records)) == expected


def _read(kafka_url: str, group: str, topics: list[str], count: int) -> Counter[tuple[str, bytes | None, bytes | None]]:
    reader = Consumer({"bootstrap.servers": kafka_url, "group.id": group, "auto.offset.reset": "earliest"})
    reader.subscribe(topics)
    found: Counter[tuple[str, bytes | None, bytes | None]] = Counter()
    for _ in range(100):
        for message in reader.consume(count, 0.5):
            assert message.error() is None
            found[str(message.topic()), message.key(), message.value()] += 1  # type: ignore[index]
        if found.total() >= count:
            break
    reader.close()
    return found


def test_a_partner_registered_for_less_is_told(environment: str, mongo_url: str) -> None:
    settings = settings_for("none")
    wigg = replace(SCENARIOS["james-wigg"].partners[0], name=f"{environment}-less")
    partner.register([replace(wigg, events=("referral-made",))], Registry(settings))
    with pytest.raises(Missing, match="registered, but not for outcome-recorded, permission-given"):
        partner.register([wigg], Registry(settings))
    with MongoClient(mongo_url) as client:
        assert client[f"{environment}_registry"].partners.count_documents({}) == 1


def test_a_dry_run_prints_a_json_line_a_record() -> None:
    done = CliRunner().invoke(
        build("simulate"), ["simulate", "james-wigg", "--slice", "0.01", "--orderly", "--dry-run"]
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    # three people: each a referral, three sessions, a programme's end, five checkpoints, a closure
    assert len(lines) == 33
    assert lines[0].keys() == {"topic", "key", "headers", "value", "fate"}
    assert lines[0]["topic"] == "inbox.james-wigg-practice.referral-made"
    assert dict(lines[0]["headers"])["ce_type"] == "footing.referral-made.v1"
    assert json.loads(lines[0]["value"])["scheme_id"] == "james-wigg"


def test_an_unknown_scenario_is_used_wrongly() -> None:
    done = CliRunner().invoke(build("simulate"), ["simulate", "no-such"])
    assert done.exit_code == 2
    assert "one of james-wigg" in done.stderr
