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
STRUCTURED: dict[str, Any] = {
    "specversion": "1.0",
    "id": "0190a0b0-0000-7000-8000-0000000000e1",
    "source": "urn:footing:partner:acme",
    "type": "footing.session-held.v1",
    "subject": "0190a0b0-0000-7000-8000-000000000001",
    "time": "2026-03-02T09:30:00Z",
    "data": {
        "referral_id": "0190a0b0-0000-7000-8000-000000000001", "synthetic": True,
        "session_id": "0190a0b0-0000-7000-8000-000000000051", "started_at": "2026-03-02T09:30:00Z", "minutes": 50,
        "mechanism": "01", "setting": "gp_practice", "delivered_by": "employment_adviser",
        "adviser_token": "made-up-adviser-token-1", "attendance": 5, "interventions": ["cv"],
    },
}  # fmt: skip
REQUEST = (
    "POST /events HTTP/1.1\nHost: door.example\nAuthorization: Bearer ftg_made-up\nContent-Type: application/json\n"
    + "".join(f"ce-{name}: {text}\n" for name, text in STRUCTURED.items() if name != "data")
    + f"\n{json.dumps(STRUCTURED['data'])}"
)


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


def test_a_request_is_judged_as_the_door_would() -> None:
    assert run("-", given=REQUEST)[0] == 0
    _, output = run("-", given=REQUEST.replace('"minutes": 50', '"minutes": 4'))
    assert output.startswith(
        "standard input: refused, field_invalid at data.minutes (HTTP 422)\n  expected: 5 or more\n"
    )
    compressed = REQUEST.replace("ce-id", "content-encoding: gzip\nce-id")
    assert [verdict["reason"] for verdict in verdicts("-", given=compressed)] == ["compressed"]
    assert [verdict["status"] for verdict in verdicts("-", given=compressed)] == [415]


def test_an_http_file_may_begin_with_remarks_and_its_lines_end_as_they_like() -> None:
    assert run("-", given=f"### a session\n# made up\n\n{REQUEST}")[0] == 0
    assert run("-", given=REQUEST.replace("\n", "\r\n"))[0] == 0
    assert run("-", given=REQUEST.replace(" HTTP/1.1", ""))[0] == 0


def test_what_curl_traced_is_read_from_its_hex_dump() -> None:
    head, _, body = REQUEST.partition("\n\n")
    sent = [("header", head.replace("\n", "\r\n") + "\r\n\r\n"), ("data", body[:99]), ("data", body[99:])]
    trace = "== Info: Connected\n" + "".join(
        f"=> Send {name}, {len(text)} bytes\n{dumped(text)}" for name, text in sent
    )
    trace += f"<= Recv header, 17 bytes\n{dumped('HTTP/1.1 202 OK')}"
    (verdict,) = verdicts("-", given=trace)
    assert (verdict["ok"], verdict["read_as"]) == (True, "HTTP request")


def dumped(text: str) -> str:
    """As `curl --trace` writes bytes: offset, sixteen pairs, the characters."""
    lines = [text[start : start + 16] for start in range(0, len(text), 16)]
    pairs = ("".join(f"{ord(character):02x} " for character in line).ljust(48) for line in lines)
    plain = ("".join(each if each.isprintable() else "." for each in line) for line in lines)
    return "".join(f"{16 * n:04x}: {hexed}{shown}\n" for n, (hexed, shown) in enumerate(zip(pairs, plain, strict=True)))


def test_each_event_of_a_batch_has_its_verdict_on_the_bytes_that_were_sent() -> None:
    twice = json.dumps(STRUCTURED).replace('"minutes": 50', '"minutes": 50, "minutes": 51')
    found = verdicts("-", given=f"[{json.dumps(STRUCTURED)}, {twice}, 5]")
    assert [(verdict["record"], verdict["reason"], verdict["field"]) for verdict in found] == [
        ("standard input, event 1", None, None),
        ("standard input, event 2", "field_repeated", "data.minutes"),
        ("standard input, event 3", "not_json", "value"),
    ]


def test_a_batch_is_of_one_partner() -> None:
    other = STRUCTURED | {"source": "urn:footing:partner:other"}
    found = verdicts("-", given=json.dumps([STRUCTURED, other]))
    assert [verdict["reason"] for verdict in found] == [None, "source_not_yours"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not_json"),
        ("no json", "not_json"),
        ("[]", "batch_invalid"),
        ("[" * 100_000, "not_json"),
        ('{"topic": "x"}', "attribute_missing"),
        ('{"payload": "{}"}', "attribute_missing"),
        ('{"topic": "x", "key": null, "headers": {}, "value": "a", "value_times": 1e400}', "attribute_missing"),
        ('{"topic": "x", "key": null, "headers": {}, "value": "a", "value_times": 1000000000000}', "attribute_missing"),
        ("POST /events HTTP/1.1", "content_type_unknown"),
    ],
)  # fmt: skip
def test_whatever_is_none_of_these_is_an_event_that_is_refused(text: str, reason: str) -> None:
    code, output = run("-", "--json", given=text)
    assert code == 1
    assert [verdict["reason"] for verdict in json.loads(output)["records"]] == [reason]


def test_a_line_that_is_no_record_among_lines_that_are_is_said_to_be_none() -> None:
    _, output = run("-", given=f"{json.dumps(KCAT)}\nhalf a li\n")
    assert "standard input, line 1: nothing against it" in output
    assert "standard input, line 2: refused, not_json at value" in output


def test_of_a_folder_each_file_has_a_line_whatever_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "within").mkdir()
    (tmp_path / "a good one").write_text(REQUEST)
    (tmp_path / "b\nbroken").write_bytes(b"\x00\xff\xfe" * 100)
    (tmp_path / "nothing").touch()
    (tmp_path / "within" / "large").write_bytes(b" " * 10_000_000)
    (tmp_path / "within" / "parked.json").write_text(json.dumps(KCAT | {"headers": []}))
    code, output = run("--bytes", tmp_path)
    assert code == 1
    assert output.splitlines() == [
        "a good one\tok\t-",
        "b?broken\trefused\tnot_json",
        "nothing\trefused\tnot_json",
        "within/large\trefused\ttoo_large",
        "within/parked.json\tparked\tattribute_missing",
    ]
    _, told = run("--bytes", tmp_path, "--json")
    assert json.loads(told)[3] == {
        "file": "within/large", "verdict": "refused", "reason": "too_large", "field": "value",
    }  # fmt: skip


def test_of_a_folder_of_good_events_nothing_is_against_any(tmp_path: Path) -> None:
    (tmp_path / "one.http").write_text(REQUEST)
    (tmp_path / "two.json").write_text(json.dumps(KCAT))
    assert run("--bytes", tmp_path) == (0, "one.http\tok\t-\ntwo.json\tok\t-\n")


def test_a_refusal_is_explained_by_the_rule_and_an_event_that_keeps_it() -> None:
    _, output = run(EXAMPLES / "session-held/v1/rejected/minutes-too-few.json", "--explain")
    assert '"minimum": 5' in output
    assert '"maximum": 480' in output
    assert '"minutes": 50' in output


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*/v1/rejected/*.json")), ids=lambda file: file.stem)
def test_the_event_that_explains_is_right_itself_and_has_the_field_that_was_wrong(file: Path) -> None:
    for verdict in json.loads(run(file, "--explain", "--json")[1])["records"]:
        assert verdict["rule"]
        assert verdicts("-", given=verdict["example"])[0]["ok"], verdict["example"]
        if verdict["field"].startswith("data.") and verdict["reason"] != "field_unknown":
            assert f'"{verdict["field"].split(".")[1]}"' in verdict["example"]


@pytest.mark.parametrize("wrong", ["request", "structured", "batch"])
def test_it_explains_in_the_form_in_which_the_event_came(wrong: str) -> None:
    spoilt = STRUCTURED | {"data": STRUCTURED["data"] | {"mechanism": "77"}}
    given, beginning = {
        "request": (REQUEST.replace('"mechanism": "01"', '"mechanism": "77"'), "POST /events HTTP/1.1\n"),
        "structured": (json.dumps(spoilt), '{\n  "specversion": "1.0",'),
        "batch": (json.dumps([spoilt]), '[\n  {\n    "specversion": "1.0",'),
    }[wrong]
    (verdict,) = json.loads(run("-", "--explain", "--json", given=given)[1])["records"]
    assert verdict["example"].startswith(beginning)
    assert verdicts("-", given=verdict["example"])[0]["ok"]


def test_a_file_that_is_not_there_or_two_ways_at_once_is_used_wrongly(tmp_path: Path) -> None:
    assert run(tmp_path / "none.json")[0] == 2
    assert run()[0] == 2
    assert run("-", "--bytes", tmp_path, given="")[0] == 2
    assert run("--bytes", tmp_path / "none")[0] == 2


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
