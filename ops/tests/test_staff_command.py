"""`footing staff` on a real MongoDB: a token once, plain answers, and what was looked at."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import Result
from pymongo import MongoClient
from typer.testing import CliRunner

from ops.main import build

Staff = Callable[..., Result]


@pytest.fixture
def staff(kafka_url: str, mongo_url: str, unique_names: Any) -> Staff:
    """Run `footing staff` against a registry of this test's own."""
    environment = {"KAFKA_URL": kafka_url, "MONGO_URL": mongo_url, "DATABASE_PREFIX": f"{unique_names.prefix}_"}
    return lambda *words: CliRunner().invoke(build("staff"), ["staff", *words], env=environment)


def test_a_member_is_added_listed_rotated_disabled_and_enabled(staff: Staff) -> None:
    added = staff("add", "j-smith", "--schemes", "leicester,gateshead", "--json")
    assert added.exit_code == 0, added.stderr
    token = json.loads(added.stdout)["token"]
    assert token.startswith("fst_j-smith_")
    assert staff("add", "manager").exit_code == 0

    smith, manager = json.loads(staff("list", "--json").stdout)
    assert (smith["name"], smith["schemes"], smith["disabled"]) == ("j-smith", ["gateshead", "leicester"], False)
    assert (manager["name"], manager["schemes"]) == ("manager", None)

    rotated = json.loads(staff("rotate", "j-smith", "--json").stdout)["token"]
    assert rotated != token
    assert "j-smith is disabled." in staff("disable", "j-smith").stdout
    assert json.loads(staff("list", "--json").stdout)[0]["disabled"] is True
    assert "j-smith is enabled." in staff("enable", "j-smith").stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["add", "J Smith"], "lower-case letters"),
        (["add", "j-smith", "--schemes", "nowhere"], "There is no scheme nowhere. There are: "),
        (["add", "j-smith", "--schemes", ","], "No scheme is named. There are: "),
        (["rotate", "nobody"], "Nobody of the staff is called nobody."),
        (["disable", "nobody"], "Nobody of the staff is called nobody."),
    ],
)
def test_what_cannot_be_done_is_said(staff: Staff, words: list[str], said: str) -> None:
    done = staff(*words)
    assert done.exit_code == 1
    assert said in done.stderr


def test_nobody_is_registered_twice(staff: Staff) -> None:
    staff("add", "j-smith")
    again = staff("add", "j-smith")
    assert again.exit_code == 1
    assert "footing staff rotate j-smith" in again.stderr


def test_reads_are_shown_the_latest_first_and_by_who_what_and_when(
    staff: Staff, mongo_url: str, unique_names: Any
) -> None:
    referral = "0190a0b0-0000-7000-8000-000000000001"
    first, second = datetime(2026, 3, 1, 9, tzinfo=UTC), datetime(2026, 3, 2, 9, tzinfo=UTC)
    seen = [
        {"at": first, "who": "ann", "what": "/staff/due", "asked": {"scheme": "leicester"}},
        {"at": second, "who": "bob", "what": f"/staff/referrals/{referral}", "asked": {}},
    ]
    with MongoClient[dict[str, Any]](mongo_url) as client:
        client[f"{unique_names.prefix}_outcomes"]["staff_reads"].insert_many(seen)

    def shown(*words: str) -> list[str]:
        return [entry["who"] for entry in json.loads(staff("reads", *words, "--json").stdout)]

    assert shown() == ["bob", "ann"]
    assert shown("--who", "ann") == ["ann"]
    assert shown("--about", referral) == ["bob"]
    assert shown("--about", "leicester") == ["ann"]
    assert shown("--since", "2026-03-02") == ["bob"]
    assert shown("--most", "1") == ["bob"]


def test_somebody_is_made_an_operator_and_that_is_withdrawn(staff: Staff) -> None:
    assert staff("add", "j-smith").exit_code == 0
    assert staff("add", "night-shift", "--operator").exit_code == 0
    assert [row["operator"] for row in json.loads(staff("list", "--json").stdout)] == [False, True]

    assert "j-smith is an operator." in staff("operator", "j-smith").stdout
    assert "night-shift is no operator any more." in staff("operator", "night-shift", "--withdraw").stdout
    assert [row["operator"] for row in json.loads(staff("list", "--json").stdout)] == [True, False]
    assert staff("operator", "nobody").exit_code == 1
