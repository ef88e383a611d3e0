"""`footing partner` on real Kafka and MongoDB: topics first, a token once, and plain answers."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType
from pymongo import MongoClient
from typer.testing import CliRunner

from ops.errors import Missing
from ops.main import build

Partner = Callable[..., Result]


@pytest.fixture
def partner(kafka_url: str, mongo_url: str, unique_names: Any) -> Partner:
    """Run `footing partner` against a registry of this test's own."""
    environment = {"KAFKA_URL": kafka_url, "MONGO_URL": mongo_url, "DATABASE_PREFIX": f"{unique_names.prefix}_"}
    return lambda *words: CliRunner().invoke(build("partner"), ["partner", *words], env=environment)


def _settings(kafka_url: str, topic: str) -> dict[str, str]:
    resource = ConfigResource(ResourceType.TOPIC, topic)
    admin = AdminClient({"bootstrap.servers": kafka_url})
    found = admin.describe_configs([resource])[resource].result(30)
    return {name: entry.value for name, entry in found.items()}


def _partitions(kafka_url: str, name: str) -> dict[str, int]:
    """The topics of a partner, once the broker shows the last of them."""
    admin = AdminClient({"bootstrap.servers": kafka_url})
    for _ in range(100):
        topics = {t: about for t, about in admin.list_topics(timeout=30).topics.items() if name in t}
        if f"inbox.{name}.session-held" in topics:
            break
        time.sleep(0.1)
    return {topic: len(about.partitions) for topic, about in topics.items()}


def test_a_partner_gets_the_topics_of_its_events_and_no_others(
    partner: Partner, kafka_url: str, unique_names: Any
) -> None:
    name = unique_names.prefix
    events = "referral-made,permission-given,permission-withdrawn,session-held"
    done = partner("add", name, "--schemes", "james-wigg", "--events", events, "--json")

    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["topics"] == [
        f"inbox.{name}.permissions",
        f"inbox.{name}.referral-made",
        f"inbox.{name}.session-held",
        f"receipts.{name}",
    ]
    assert _partitions(kafka_url, name) == {
        f"inbox.{name}.permissions": 2,
        f"inbox.{name}.referral-made": 2,
        f"inbox.{name}.session-held": 2,
        f"receipts.{name}": 2,
    }
    inbox = _settings(kafka_url, f"inbox.{name}.session-held")
    assert inbox["retention.ms"] == "7776000000"
    assert inbox["max.message.bytes"] == "1048588"
    assert inbox["compression.type"] == "uncompressed"
    assert _settings(kafka_url, f"receipts.{name}")["retention.ms"] == "34560000000"


def test_the_token_is_shown_once_and_only_its_hash_is_kept(partner: Partner, mongo_url: str, unique_names: Any) -> None:
    name = unique_names.prefix
    token = json.loads(partner("add", name, "--events", "fit-notes-counted", "--json").stdout)["token"]

    assert token.startswith("ftg_")
    with MongoClient[dict[str, Any]](mongo_url) as client:
        (stored,) = client[f"{name}_registry"].partners.find()
    assert token not in str(stored)
    assert len(stored["token_hash"]) == 64
    assert token not in partner("list").stdout
    again = json.loads(partner("rotate", name, "--json").stdout)["token"]
    assert again != token


def test_numbers_are_given_once(partner: Partner, mongo_url: str, unique_names: Any) -> None:
    for name in ("a1", "b2", "c3"):
        partner("add", f"{unique_names.prefix}-{name}", "--events", "fit-notes-counted")

    with MongoClient[dict[str, Any]](mongo_url) as client:
        stored = client[f"{unique_names.prefix}_registry"].partners.find().sort("_id")
        assert [entry["number"] for entry in stored] == [1, 2, 3]


def test_a_partner_is_disabled_and_enabled(partner: Partner, unique_names: Any) -> None:
    name = unique_names.prefix
    partner("add", name, "--schemes", "james-wigg", "--events", "referral-made", "--testing")

    states = []
    for word in ("disable", "enable"):
        assert partner(word, name).exit_code == 0
        states += [row["disabled"] for row in json.loads(partner("list", "--json").stdout)]
    assert states == [True, False]


def test_a_partner_is_limited_on_its_own_and_as_others_again(partner: Partner, unique_names: Any) -> None:
    name = unique_names.prefix
    partner("add", name, "--events", "session-held")

    limits = []
    for events_a_second in ("5000", "0"):
        assert partner("limit", name, events_a_second).exit_code == 0
        limits += [row["events_a_second"] for row in json.loads(partner("list", "--json").stdout)]
    assert limits == [5000, None]


def test_a_partner_begins_in_testing_and_is_promoted(partner: Partner, unique_names: Any) -> None:
    name = unique_names.prefix
    partner("add", name, "--schemes", "james-wigg", "--events", "referral-made", "--testing")
    before = json.loads(partner("list", "--json").stdout)[0]["testing"]
    done = partner("promote", name)
    assert (before, done.exit_code) == (True, 0)
    assert json.loads(partner("list", "--json").stdout)[0]["testing"] is False


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("promote", "nobody"), "no partner nobody"),
        (("add", "Acme", "--events", "session-held"), "lower-case"),
        (("add", "footing", "--events", "session-held"), "our own services"),
        (("add", "acme", "--events", "follow-up-due"), "No partner publishes follow-up-due"),
        (("add", "acme", "--events", ""), "publishes something"),
        (("add", "acme", "--schemes", "narnia", "--events", "session-held"), "no scheme narnia"),
        (("rotate", "nobody"), "no partner nobody"),
        (("disable", "nobody"), "no partner nobody"),
        (("limit", "nobody", "5"), "no partner nobody"),
    ],
)
def test_what_the_registry_does_not_take_is_answered_with_a_sentence(
    partner: Partner, words: tuple[str, ...], why: str
) -> None:
    done = partner(*words)

    assert done.exit_code == 1
    assert why in done.stderr


def test_a_name_is_registered_once(partner: Partner, unique_names: Any) -> None:
    name = unique_names.prefix
    first, second = (partner("add", name, "--events", "session-held") for _ in range(2))

    assert (first.exit_code, second.exit_code) == (0, 1)
    assert f"footing partner rotate {name}" in second.stderr


def test_without_kafka_nothing_is_registered(mongo_url: str, unique_names: Any) -> None:
    prefix = f"{unique_names.prefix}_"
    environment = {"KAFKA_URL": "127.0.0.1:9", "MONGO_URL": mongo_url, "DATABASE_PREFIX": prefix}
    words = ["partner", "add", "acme", "--events", "session-held"]
    done = CliRunner().invoke(build("partner"), words, env=environment)

    assert isinstance(done.exception, Missing)
    assert done.exception.hint == "Look at KAFKA_URL, then try again."
    with MongoClient[dict[str, Any]](mongo_url) as client:
        assert list(client[f"{prefix}registry"].partners.find()) == []
