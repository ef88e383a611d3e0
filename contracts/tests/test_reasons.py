"""The list of reason codes: stable names, what each means, where it points, what to do."""

import json
import re
from importlib.metadata import version
from pathlib import Path

import pytest

from contracts.reasons import REASONS, Reason

ROOM = Path(__file__).parents[1]
every_reason = pytest.mark.parametrize("reason", REASONS.values(), ids=REASONS)


@every_reason
def test_a_reason_says_everything(reason: Reason) -> None:
    assert re.fullmatch("[a-z][a-z0-9_]{2,29}", reason.code)
    assert reason.fields
    for text in (reason.meaning, reason.remedy):
        assert text[0].isupper() or text[0] == "`"
        assert text.endswith(".")
    assert reason.status == 500 or 400 <= reason.status <= 431 or reason.status == 503
    assert reason.found == "door" or reason.status in (400, 403, 413, 415, 422)


@every_reason
def test_a_reason_points_to_something(reason: Reason) -> None:
    stands_for = {"<attribute>": "subject", "<field>": "data.plan.aim"}
    assert all(reason.comes_with(stands_for.get(field, field)) for field in reason.fields)
    assert not reason.comes_with("nothing.of.the.kind") or "<attribute>" in reason.fields


def test_a_rejected_example_points_where_its_reason_says() -> None:
    for file in ROOM.glob("examples/*/v1/rejected/*.json"):
        expect = json.loads(file.read_text("utf-8"))["expect"]
        assert REASONS[expect["reason"]].comes_with(expect["field"]), file


def test_the_changelog_knows_the_version_of_the_package() -> None:
    headings = re.findall(r"^## (.+)$", (ROOM / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert headings[0] == version("footing-contracts")
