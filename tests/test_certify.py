"""`footing certify`: a partner's list run on the whole system, by either way in, and watched."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.outsider import new_id, referral_made, until
from support.whole import Whole
from typer.testing import CliRunner

from ops.main import build


def certify(whole: Whole, file: Path, *words: str, **environment: str) -> tuple[int, dict[str, Any]]:
    """How it ended, and the report that it wrote."""
    command = ["certify", *words, "--output", str(file)]
    done = CliRunner().invoke(build("certify"), command, env={**whole.environment(), **environment})
    assert done.exit_code in (0, 1), done.output
    return done.exit_code, json.loads(file.read_text())


def missing(report: dict[str, Any]) -> list[str]:
    return [item["id"] for item in report["items"] if not item["passed"]]


@pytest.mark.parametrize("via", ["kafka", "http"])
def test_the_list_passes_when_it_is_run_as_the_partner(whole: Whole, tmp_path: Path, via: str) -> None:
    token = whole.partners["acme"]._door.headers["authorization"].removeprefix("Bearer ")
    door = {"DOOR_URL": whole.services.urls["door"], "FOOTING_TOKEN": token}
    code, report = certify(whole, tmp_path / "acme.json", "acme", "--run", "--via", via, **door)
    assert (missing(report), code, report["passed"], report["way"]) == ([], 0, True, "ran")
    names = {item["id"] for item in report["items"]}
    assert {"event:permission-withdrawn", "mode:structured", "duplicate", "correction", "late", "withdrawal"} <= names
    assert {"resend", "refusal:too_large", "refusal:header_not_utf8", "refusal:not_voluntary"} <= names
    assert ("refusal:key_missing" in names) or via == "http"
    assert "Ready" in (tmp_path / "acme.html").read_text()


def test_what_a_partner_sent_through_the_door_is_watched(whole: Whole, tmp_path: Path) -> None:
    learner = whole.partners["learner"]
    referral = referral_made(new_id(), synthetic=True)
    wrong = referral.with_data(employment_status=...)
    assert learner.post(wrong).status_code == 422
    assert learner.post(referral).status_code == 202
    wanted = {"event:referral-made", "mode:binary", "late", "resend", "refusal:field_missing"}

    def watched() -> dict[str, Any] | None:
        code, report = certify(whole, tmp_path / "learner.json", "learner", "--days", "1")
        assert (code, report["way"]) == (1, "watched")
        return None if wanted & set(missing(report)) else report

    report = until(watched)
    by_name = {item["id"]: item for item in report["items"]}
    assert by_name["resend"]["proof"]["event_id"] == referral.id
    assert by_name["withdrawal"]["to_do"].startswith("Send an EntryWithdrawn")
    assert "Not ready yet" in (tmp_path / "learner.html").read_text()


def test_who_is_not_registered_cannot_be_certified(whole: Whole, tmp_path: Path) -> None:
    done = CliRunner().invoke(build("certify"), ["certify", "nobody"], env=whole.environment())
    assert done.exit_code == 1
    assert "There is no partner nobody" in done.stderr
    assert list(tmp_path.iterdir()) == []
