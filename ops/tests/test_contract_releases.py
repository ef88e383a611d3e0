"""Does `footing contract diff` refuse what breaks somebody, and `footing contract release` keep what may be kept?"""

import json
from pathlib import Path

import jsonschema
import pytest
from support.contract_changes import Change, to_codes, to_field
from typer.testing import CliRunner

from contracts.compatibility.contract import Contract, released, working_tree, write
from contracts.files import folder
from ops.commands.contract import contract
from ops.errors import Missing

TODAY = working_tree()
# What today's contract lacks, as partners of these releases see it.
LONGER_SESSIONS = to_field("minutes", lambda field: field.update(maximum=600))
OTHER_WORDS = to_codes("Setting", lambda codes: codes[0].__setitem__(1, "Somewhere in a surgery"))


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner(env={"COLUMNS": "200"}).invoke(contract, arguments, catch_exceptions=False)
    return result.exit_code, result.output


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A contract of its own: today's examples and pages, and what releases a test gives it."""
    for part in ("examples", "topics"):
        (tmp_path / part).symlink_to(folder() / part)
    monkeypatch.setenv("CONTRACTS_DIR", str(tmp_path))
    return tmp_path / "released"


def given(place: Path, version: str, *changes: Change) -> Contract:
    """A release of today's contract with these changes."""
    then = TODAY
    for change in changes:
        then = change(then)
    write(then, place, version, {})
    return then


def test_what_is_released_as_it_is_breaks_nobody(place: Path) -> None:
    given(place, "1.0.0")
    code, output = run("diff")
    assert code == 0
    assert "against 1.0.0" in output
    assert ["session-held.v1", "same", "same"] in [line.split() for line in output.splitlines()]
    assert output.endswith("Compatible: nobody breaks.\n")


def test_a_planted_break_is_refused_with_a_counter_example_and_whom_it_breaks(place: Path) -> None:
    then = given(place, "1.0.0", LONGER_SESSIONS)
    code, output = run("diff")
    assert code == 1
    assert "session-held.v1 as strict gate breaks: the partner, door" in output
    assert "session-held.v1 as tolerant reader breaks: notify, outcomes" in output
    assert "data.minutes: 481 is greater than the maximum of 480" in output
    assert "accepted by 1.0.0, refused by working tree:" in output
    shown = next(json.loads(line) for line in output.splitlines() if line.startswith("  {"))
    assert shown["minutes"] == 481
    assert jsonschema.Draft202012Validator(then.schemas["session-held.v1"]).is_valid(shown)
    assert not jsonschema.Draft202012Validator(TODAY.schemas["session-held.v1"]).is_valid(shown)


def test_json_says_the_same(place: Path) -> None:
    given(place, "1.0.0", LONGER_SESSIONS)
    code, output = run("diff", "--json")
    said = json.loads(output)
    assert (code, said["base"], said["verdict"]) == (1, "1.0.0", "breaks")
    (row,) = (row for row in said["subjects"] if row["findings"])
    assert (row["subject"], row["gate"], row["readers"]) == ("session-held.v1", "breaks", "breaks")
    gate = next(finding for finding in row["findings"] if finding["side"] == "gate")
    assert gate["consumers"] == ["the partner", "door"]
    assert gate["instance"]["minutes"] == 481


def test_what_is_undecided_is_no_yes(place: Path) -> None:
    given(place, "1.0.0", OTHER_WORDS)
    code, output = run("diff")
    assert code == 1
    assert "codes: Setting as tolerant reader is undecided for: notify, outcomes" in output


def test_the_base_is_the_newest_release_or_the_one_that_is_named(place: Path) -> None:
    given(place, "1.9.0", LONGER_SESSIONS)
    given(place, "1.10.0")
    assert run("diff")[0] == 0
    assert run("diff", "1.9.0")[0] == 1
    code, output = run("diff", "1.8.0")
    assert code == 2
    assert "there are 1.9.0, 1.10.0" in output


def test_without_any_release_it_says_how_to_make_one(place: Path) -> None:
    with pytest.raises(Missing, match="footing contract release"):
        run("diff")


def test_a_release_is_made_and_nothing_differs_from_it(place: Path) -> None:
    code, output = run("release", "1.0.0")
    assert code == 0
    assert f"{len(TODAY.schemas)} schemas" in output
    assert released(place, "1.0.0").schemas == TODAY.schemas
    assert run("diff")[0] == 0


def test_what_breaks_is_not_released_under_the_same_first_number(place: Path) -> None:
    given(place, "1.0.0", LONGER_SESSIONS)
    code, output = run("release", "1.1.0")
    assert code == 1
    assert "needs a new first number" in output
    assert not (place / "1.1.0").exists()
    assert run("release", "2.0.0")[0] == 0
    notes = json.loads((place / "2.0.0" / "contract.json").read_text(encoding="utf-8"))
    assert notes["after"] == "1.0.0"
    assert any("481 is greater" in finding for finding in notes["findings"])


def test_what_is_undecided_is_released_with_a_reason_which_is_kept(place: Path) -> None:
    given(place, "1.0.0", OTHER_WORDS)
    code, output = run("release", "1.0.1")
    assert (code, (place / "1.0.1").exists()) == (1, False)
    assert "--judged" in output
    assert run("release", "1.0.1", "--judged", "better words")[0] == 0
    notes = json.loads((place / "1.0.1" / "contract.json").read_text(encoding="utf-8"))
    assert notes["judged"] == "better words"


@pytest.mark.parametrize("version", ["1.0.0", "0.9.9", "1.0", "one"])
def test_a_version_is_three_numbers_and_later_than_all(place: Path, version: str) -> None:
    given(place, "1.0.0")
    assert run("release", version)[0] == 2
