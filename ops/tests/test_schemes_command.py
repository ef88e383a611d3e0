"""Does `footing schemes` list, show and check as an operator needs it?"""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ops.commands.schemes import schemes
from ops.errors import Missing

RIGHT = """\
id: harbour
title: Harbour
about: people
country: england
identity: nhs_number
opens: 2010-04-01
providers: [Somebody]
areas: [{id: harbour, title: Harbour}]
routes: [{route: gp}]
eligibility: [{entry_groups: [absent]}]
session_minutes: 45
definitions: [seed]
measures: [users]
basis: {title: own}
"""


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(schemes, arguments, catch_exceptions=False)
    return result.exit_code, result.output


def test_the_list_has_every_scheme_with_its_dates() -> None:
    code, output = run("list", "--json")
    rows = {row["id"]: row for row in json.loads(output)["schemes"]}
    assert code == 0
    assert len(rows) == 25
    assert (rows["roll-out-2008"]["opens"], rows["roll-out-2008"]["closes"]) == ("2008-04-01", "2011-03-31")
    assert (rows["workwell"]["areas"], rows["workwell"]["closes"]) == (15, None)
    assert "james-wigg" in run("list")[1]


def test_a_scheme_is_shown_with_who_shares_its_fund_and_its_successions() -> None:
    code, output = run("show", "leicester", "--json")
    shown = json.loads(output)
    assert code == 0
    assert shown["funds"][0]["amount_gbp"] == 13_000_000
    assert len(shown["funds"][0]["shared_by"]) == 10
    changes = json.loads(run("show", "workwell", "--json")[1])["successions"]
    assert changes[0] == {
        "area": "cambridgeshire-and-peterborough",
        "on": "2026-04-01",
        "before": ["QUE"],
        "after": ["S1Y5D"],
        "whole": True,
    }
    assert "first_contact" in run("show", "leicester")[1]


def test_a_scheme_that_is_not_there_is_answered_with_those_that_are() -> None:
    code, output = run("show", "nowhere")
    assert code == 1
    assert output.startswith("There is no scheme nowhere. There are: bridgend, ")


def test_a_right_file_is_right(tmp_path: Path) -> None:
    (tmp_path / "harbour.yaml").write_text(RIGHT)
    assert run("check", str(tmp_path / "harbour.yaml")) == (0, "harbour.yaml is right.\n")


def test_a_mistake_is_told_with_file_line_and_field(tmp_path: Path) -> None:
    (tmp_path / "harbour.yaml").write_text(RIGHT.replace("session_minutes: 45", "session_minutes: long"))
    code, output = run("check", str(tmp_path / "harbour.yaml"), "--json")
    assert code == 1
    assert json.loads(output) == {
        "ok": False,
        "mistakes": [{"file": "harbour.yaml", "line": 11, "field": "session_minutes", "expected": "a valid integer"}],
    }
    assert "session_minutes" in run("check", str(tmp_path / "harbour.yaml"))[1]


def test_all_shipped_files_are_right() -> None:
    assert run("check") == (0, "Every scheme file is right.\n")


def test_a_file_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    assert run("check", str(tmp_path / "nothing.yaml"))[0] == 2


def test_a_folder_that_is_not_there_is_said_to_be_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHEMES_DIR", str(tmp_path / "nothing"))
    with pytest.raises(Missing, match="no folder of schemes"):
        run("list")
