"""The canary is taken as a scheme is, and is none to whoever lists or looks up schemes."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from schemes import CANARY, SchemeMistakes, load
from schemes.loader import default_folder


def test_referrals_of_it_are_taken_and_nobody_meets_it_otherwise() -> None:
    schemes = load()
    taken = schemes.taking(CANARY)
    assert taken is not None
    assert taken.takes("B1", date(2026, 11, 23))
    assert CANARY not in schemes
    assert schemes.get(CANARY) is None
    assert CANARY not in [scheme.id for scheme in schemes.values()]
    assert schemes.taking("rhyl") is schemes["rhyl"]
    assert schemes.taking("nowhere") is None


def test_figures_are_not_made_again_because_of_it(tmp_path: Path) -> None:
    folder = shutil.copytree(default_folder(), tmp_path / "schemes")
    with_it = load(folder).fingerprint
    (folder / "canary.yaml").unlink()
    assert load(folder).fingerprint == with_it


@pytest.mark.parametrize(("name", "flag"), [("canary", ""), ("rhyl", "canary: true\n")])
def test_no_scheme_is_hidden_by_mistake_and_the_canary_is_not_shown_by_mistake(
    tmp_path: Path, name: str, flag: str
) -> None:
    folder = shutil.copytree(default_folder(), tmp_path / "schemes")
    file = folder / f"{name}.yaml"
    lines = [line for line in file.read_text().splitlines(keepends=True) if not line.startswith("canary:")]
    file.write_text("".join(lines) + flag)
    with pytest.raises(SchemeMistakes, match="true for the scheme canary, and absent otherwise"):
        load(folder)
