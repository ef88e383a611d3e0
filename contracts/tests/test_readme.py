"""What the room's first page shows works as it stands."""

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"


def test_the_readme_reads_what_it_writes(capsys: pytest.CaptureFixture[str]) -> None:
    (snippet,) = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    exec(compile(snippet, str(README), "exec"), {})
    assert capsys.readouterr().out == "30 minutes\n"


def test_the_readme_names_only_what_is_there() -> None:
    room = README.parent
    for name in re.findall(r"`(contracts/\w+\.py|schemas/|topics/|contracts/examples/[\w/.-]+)`", README.read_text()):
        assert (room / name).exists(), name
