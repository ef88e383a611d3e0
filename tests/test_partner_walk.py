"""The guide for partners is walked from nothing, command by command as the page has them, on everything running."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from support import kcat
from support.outsider import until
from support.whole import Whole

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "partners" / "index.md"
COMMANDS = re.compile(r"^## ([^\n]+)$|^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TOKEN = re.compile(r"ftg_[A-Za-z0-9_-]{20,}")
REPORT = ROOT / "build" / "certify-northfield.json"
MET = {
    "event:referral-made", "event:session-held", "event:outcome-recorded", "mode:binary", "duplicate", "correction",
    "late", "withdrawal",
}  # fmt: skip
REAL = """
export REFERRAL=$(cat /proc/sys/kernel/random/uuid)
export EVENT=$(cat /proc/sys/kernel/random/uuid)
SYNTHETIC=false sh docs/partners/kcat_referral.sh
sh docs/partners/kcat_receipts.sh
"""
SCHEME = "gateshead"
REFERRED = 3  # by kcat, from Python, and before the outcome that was triggered

# Each block of commands in its order: under which heading it stands, and what must be printed, in this order.
WALK = (
    ("A name and a token", ["inbox.northfield.session-held", "receipts.northfield", "Token (shown once"]),
    ("A name and a token", []),
    ("Ask before you send", ["least.json: nothing against it", "refused, field_unknown at data.?", "exit 1"]),
    ("Send with kcat", ['"type":"footing.referral-made.v1"', '"fate":"accepted"']),
    ("Send with curl", ["HTTP/1.1 202", "location: /events/", '"fate":"received"']),
    ("Send with curl", ['"type":"footing.session-held.v1"', '"fate":"accepted"', '"history"']),
    ("Send with Python", ["accepted"]),
    ("Send a FHIR message", ["HTTP/1.1 200", "location: /events/", '"resourceType":"Bundle"']),
    ("Send a FHIR message", ['"fate":"accepted"', "HTTP/1.1 403", '"OperationOutcome"', "scheme_not_yours"]),
    ("Read the fates", ["HTTP/1.1 202", "HTTP/1.1 202", '"fate":"accepted"', '"history"']),
    ("Understand a refusal", ['"fate":"refused","reason":"synthetic_only","field":"data.synthetic","expected":"true"']),
    ("Understand a refusal", [
        "HTTP/1.1 422", "application/problem+json", '"code":"field_invalid"', '"data.minutes"', "480 or less",
    ]),
    ("Understand a refusal", [
        "inbox.northfield.session-held", "-> field_missing at data.minutes", "-> not_voluntary at data.voluntary",
        "-> accepted", "-> accepted",
    ]),
    ("Correct", ["HTTP/1.1 202", "HTTP/1.1 202", '"fate":"accepted"']),
    ("Withdraw", ["HTTP/1.1 202", '"type":"footing.entry-withdrawn.v1"', '"fate":"accepted"']),
    ("Are you ready", ["northfield: ", "The page: build/certify-northfield.html", "not yet all of it"]),
    ("The sandbox", ["northfield may publish what is real."]),
)  # fmt: skip


def blocks(page: Path) -> list[tuple[str, str]]:
    """Each block of commands and the heading above it."""
    found, heading = [], ""
    for title, commands in COMMANDS.findall(page.read_text(encoding="utf-8")):
        heading = title or heading
        if commands:
            found.append((heading, commands))
    return found


@dataclass
class Walker:
    """A partner at a terminal: what one block exports the next finds; the token is copied from where it was shown."""

    environment: dict[str, str]
    exported: Path
    token: str = ""
    printed: list[str] = field(default_factory=list)

    def does(self, commands: str) -> str:
        """Run a block of commands; every one of them must succeed."""
        typed = commands.replace("ftg_...", self.token)
        script = f". {self.exported}\nset -e\n{typed}\nexport -p > {self.exported}\n"
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, f"{commands}\n{done.stdout}\n{done.stderr}"
        self.token = (TOKEN.findall(done.stdout) or [self.token])[0]
        self.printed.append(done.stdout)
        return done.stdout


@pytest.fixture(scope="module")
def walker(whole: Whole, tmp_path_factory: pytest.TempPathFactory) -> Walker:
    folder = tmp_path_factory.mktemp("walk")
    (folder / "exported").touch()
    REPORT.unlink(missing_ok=True)
    paths = [str(Path(sys.executable).parent), *_kcat(folder), os.environ["PATH"]]
    addresses = {"DOOR_URL": whole.services.urls["door"], "DASHBOARD_URL": whole.services.urls["outcomes"]}
    environment = {**os.environ, **whole.environment(), **addresses, "PATH": os.pathsep.join(paths)}
    return Walker(environment, folder / "exported")


def _kcat(folder: Path) -> Iterator[str]:
    """Where kcat is not installed, a folder with what stands in for it."""
    if shutil.which("kcat") is None:
        standing_in = folder / "kcat"
        standing_in.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{kcat.__file__}" "$@"\n')
        standing_in.chmod(standing_in.stat().st_mode | stat.S_IXUSR)
        yield str(folder)


@pytest.fixture(scope="module")
def walked(walker: Walker) -> list[str]:
    """What each block of the page printed, walked in order."""
    for _, commands in blocks(GUIDE):
        walker.does(commands)
    return walker.printed


def test_every_block_of_the_page_is_walked_and_known_here() -> None:
    assert [heading for heading, _ in blocks(GUIDE)] == [heading for heading, _ in WALK]


@pytest.mark.parametrize(
    "number", range(len(WALK)), ids=[f"{number}-{heading}" for number, (heading, _) in enumerate(WALK)]
)
def test_a_step_prints_what_the_page_says(walked: list[str], number: int) -> None:
    at, printed = 0, walked[number]
    for expected in WALK[number][1]:
        found = printed.find(expected, at)
        assert found >= 0, f"{expected!r} does not follow in\n{printed}"
        at = found + len(expected)


def test_the_report_knows_what_the_walk_has_met_and_what_not(walked: list[str]) -> None:
    report = json.loads(REPORT.read_text(encoding="utf-8"))
    passed = {item["id"] for item in report["items"] if item["passed"]}
    assert (report["partner"], report["passed"]) == ("northfield", False)
    assert passed >= MET
    assert passed.isdisjoint({"mode:structured", "event:fit-notes-counted"})
    assert REPORT.with_suffix(".html").exists()


def test_what_was_said_in_testing_is_counted_apart_from_what_is_real(
    whole: Whole, walker: Walker, walked: list[str]
) -> None:
    until(lambda: _users(whole, synthetic=True) == REFERRED)
    assert _users(whole, synthetic=False) == 0
    until(lambda: '"fate":"accepted"' in walker.does(REAL))  # the promotion is in force within five seconds
    until(lambda: _users(whole, synthetic=False) == 1)
    assert _users(whole, synthetic=True) == REFERRED


def _users(whole: Whole, *, synthetic: bool) -> int:
    """How many people the scheme is told to have had."""
    answer = httpx.get(
        f"{whole.services.urls['outcomes']}/api/schemes/{SCHEME}/figures",
        params={"synthetic": str(synthetic).lower()},
        timeout=20,
    )
    found: list[dict[str, Any]] = answer.json()["figures"] if answer.is_success else []
    return next((figure["n"] for figure in found if figure["measure"] == "users" and figure["area"] is None), 0)


def test_the_token_was_shown_once_and_stands_in_no_log(whole: Whole, walker: Walker, walked: list[str]) -> None:
    assert walker.token.startswith("ftg_")
    assert sum(walker.token in printed for printed in walked) == 1
    assert not [log for log in whole.services.logs.values() if walker.token in log.read_text(encoding="utf-8")]


def test_the_lines_of_python_in_the_readme_are_the_file_that_was_run() -> None:
    lines = (GUIDE.parent / "first_event.py").read_text(encoding="utf-8")
    assert f"```python\n{lines}```\n" in (ROOT / "README.md").read_text(encoding="utf-8")
