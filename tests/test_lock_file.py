"""The lock file installs from whatever index a machine is set up for, on whatever machine."""

import re
from pathlib import Path

LOCK = (Path(__file__).parents[1] / "requirements.lock").read_text()


def test_it_names_no_index_and_no_path_of_a_machine() -> None:
    assert not re.search(r"://|--index|--find-links|^-e |^\.?/", LOCK, re.MULTILINE)


def test_every_requirement_is_pinned_and_hashed_and_none_is_our_own() -> None:
    requirements = re.findall(r"^(\S+?)==\S+.*((?:\n    --hash=sha256:[0-9a-f]{64}(?: \\)?)*)", LOCK, re.MULTILINE)
    starts = re.findall(r"^[A-Za-z0-9].*", LOCK, re.MULTILINE)
    assert len(requirements) == len(starts) > 50
    assert all(hashes for _, hashes in requirements)
    assert not [name for name, _ in requirements if name.startswith("footing")]
