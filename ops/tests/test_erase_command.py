"""`footing erase` on real Kafka and MongoDB: the name behind the token goes, every referral's erasure is requested."""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from pymongo import MongoClient
from pymongo.database import Database
from support.events import TOKEN, numbered
from typer.testing import CliRunner

from ops.main import build
from servicekit.settings import ServiceSettings
from servicekit.topics import ensure_canonical

FIRST, SECOND, OTHER = numbered(73_000_001), numbered(73_000_002), numbered(73_000_003)
Erase = Callable[..., Result]


@pytest.fixture
def erase(kafka_url: str, mongo_url: str, unique_names: Any) -> Erase:
    """Run `footing erase` against a database of this test's own."""
    environment = {"KAFKA_URL": kafka_url, "MONGO_URL": mongo_url, "DATABASE_PREFIX": unique_names.database("")}
    asyncio.run(
        ensure_canonical(ServiceSettings(kafka_url=kafka_url, mongo_url=mongo_url, http_port=0).kafka_connection())
    )
    return lambda *words: CliRunner().invoke(build("erase"), ["erase", *words], env=environment)


@pytest.fixture
def database(mongo_url: str, unique_names: Any) -> Iterator[Database[dict[str, Any]]]:
    """Two referrals of one person, one of another, as the gate keeps them."""
    client: MongoClient[dict[str, Any]] = MongoClient(mongo_url)
    database = client[unique_names.database("referral")]
    persons = {f"acme/james-wigg/{TOKEN}": numbered(7000), "acme/james-wigg/another-fictional-token": numbered(7001)}
    database.persons.insert_many([{"_id": key, "person_ref": ref} for key, ref in persons.items()])
    refs = {FIRST: numbered(7000), SECOND: numbered(7000), OTHER: numbered(7001)}
    made = [{"_id": r, "version": 1, "scheme_id": "james-wigg", "person_ref": ref} for r, ref in refs.items()]
    database.referrals.insert_many(made)
    yield database
    client.drop_database(database.name)
    client.close()


def test_a_person_is_forgotten_by_the_partners_own_token(
    erase: Erase, database: Database[dict[str, Any]], tmp_path: Path
) -> None:
    file = tmp_path / "token.txt"
    file.write_text(f"{TOKEN}\n")
    words = ("--partner", "acme", "--scheme", "james-wigg", "--token-file", str(file), "--json")
    done = erase(*words)
    assert done.exit_code == 0, done.output
    assert json.loads(done.output) == {"persons": 1, "referrals": 2}
    assert [row["person_ref"] for row in database.persons.find()] == [numbered(7001)]
    [proof] = database.erasures.find({}, {"_id": 0, "at": 0})
    assert proof == {"reason": "person_asked", "persons": 1, "referrals": 2}
    assert database.outbox.count_documents({}) == 0
    assert erase(*words).exit_code == 1


def test_a_person_is_forgotten_by_one_of_their_referrals(erase: Erase, database: Database[dict[str, Any]]) -> None:
    done = erase("--referral", SECOND, "--reason", "court_order")
    assert (done.exit_code, done.output) == (0, "Forgotten: 1 person(s), 2 referral(s).\n")
    assert database.persons.count_documents({}) == 1


def test_who_is_not_known_cannot_be_forgotten(erase: Erase, database: Database[dict[str, Any]]) -> None:
    assert erase("--referral", numbered(73_000_009)).exit_code == 1
    assert database.erasures.count_documents({}) == 0


def test_it_must_be_said_who_and_why(erase: Erase) -> None:
    assert erase("--partner", "acme").exit_code == 2
    assert erase("--referral", FIRST, "--reason", "bored").exit_code == 2
