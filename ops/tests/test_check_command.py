"""Does `footing check` say what a gate would say, and does `footing contract` list what there is?"""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from contracts.reasons import REASONS
from ops.commands.check import check
from ops.commands.contract import contract

EXAMPLES = Path(__file__).parents[2] / "contracts" / "examples"
KCAT = {
    "topic": "inbox.acme.permissions",
    "partition": 1,
    "offset": 17,
    "tstype": "create",
    "ts": 1772443800000,
    "broker": 1,
    "headers": [
        "ce_specversion", "1.0", "ce_id", "0190a0b0-0000-7000-8000-0000000000e1", "ce_source",
        "urn:footing:partner:acme", "ce_type", "footing.permission-given.v1", "ce_subject",
        "0190a0b0-0000-7000-8000-000000000001", "ce_time", "2026-03-02T09:30:00Z",
    ],
    "key": "0190a0b0-0000-7000-8000-000000000001",
    "payload": '{"referral_id":"0190a0b0-0000-7000-8000-000000000001","recipient":"person","purpose":"receipt",'
    '"on":"2026-03-02"}',
}  # fmt: skip


def run(*arguments: object, given: str | None = None) -> tuple[int, str]:
    app = typer.Typer()
    app.command()(check)
    result = CliRunner().invoke(app, [str(each) for each in arguments], input=given, catch_exceptions=False)
    return result.exit_code, result.output


def verdicts(*arguments: object, given: str | None = None) -> list[dict[str, Any]]:
    _, output = run(*arguments, "--json", given=given)
    return json.loads(output)["records"]


def test_a_record_with_nothing_against_it_passes_and_the_rest_is_left_to_the_gate() -> None:
    code, output = run(EXAMPLES / "session-held/v1/accepted/least.json")
    assert code == 0
    assert "least.json: nothing against it (footing.session-held.v1, " in output
    assert "Only the gate can say: " in output
    assert "id_reused" in output


def test_a_refused_record_is_explained() -> None:
    code, output = run(EXAMPLES / "session-held/v1/rejected/minutes-too-few.json")
    assert code == 1
    assert output == (
        "minutes-too-few.json: refused, field_invalid at data.minutes\n  expected: 5 or more\n"
        "  A field has the wrong type, form or size. See `expected`.\n"
    )


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("session-*/v1/*/*.json")), ids=lambda file: file.stem)
def test_its_verdict_is_that_of_the_example(file: Path) -> None:
    expect = json.loads(file.read_text(encoding="utf-8"))["expect"]
    (verdict,) = verdicts(file)
    assert verdict["ok"] is (expect["fate"] == "accepted")
    assert (verdict["reason"], verdict["field"]) == (expect.get("reason"), expect.get("field"))


def test_lines_of_kcat_are_read_one_by_one() -> None:
    spoilt = KCAT | {"key": None}
    code, output = run("-", given=f"{json.dumps(KCAT)}\n{json.dumps(spoilt)}\n")
    assert code == 1
    assert "standard input, line 1: nothing against it" in output
    assert "standard input, line 2: refused, key_missing at key" in output


def test_schemes_and_register_are_asked() -> None:
    example = json.loads((EXAMPLES / "referral-made/v1/accepted/least.json").read_text(encoding="utf-8"))

    def reason(**differs: Any) -> str | None:
        said = example | {"value": example["value"] | differs}
        return verdicts("-", given=json.dumps(said))[0]["reason"]

    assert reason() is None
    assert reason(scheme_id="no-such-scheme") == "scheme_unknown"
    assert reason(source_code="M5") == "route_not_taken"
    assert reason(referrer_organisation={"system": "ods", "code": "Z99999"}) == "practice_unknown"


def test_an_event_of_tomorrow_is_refused_today() -> None:
    example = json.loads((EXAMPLES / "permission-given/v1/accepted/least.json").read_text(encoding="utf-8"))
    example["headers"]["ce_time"] = "2999-01-01T00:00:00Z"
    assert verdicts("-", given=json.dumps(example))[0]["reason"] == "time_in_future"


@pytest.mark.parametrize("text", ["", "no json", "[]", '{"topic": "x"}', '{"payload": "{}"}'])
def test_what_is_no_record_is_used_wrongly(text: str) -> None:
    code, _ = run("-", given=text)
    assert code == 2


def test_a_file_that_is_not_there_is_used_wrongly(tmp_path: Path) -> None:
    assert run(tmp_path / "none.json")[0] == 2


def test_the_contract_lists_its_events_and_reasons() -> None:
    events = CliRunner().invoke(contract, ["list", "--json"], catch_exceptions=False)
    rows = json.loads(events.output)
    assert {
        "topic": "session-held",
        "type": "footing.session-held.v1",
        "gate": "case",
        "inbox": "inbox.<partner>.session-held",
    } in rows
    listed = CliRunner().invoke(contract, ["reasons", "--json"], catch_exceptions=False)
    assert {reason["code"] for reason in json.loads(listed.output)} == set(REASONS)
    assert "footing.session-held.v1" in CliRunner().invoke(contract, ["list"], catch_exceptions=False).output
