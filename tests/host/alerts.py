"""Prometheus' own tool reads the alert rules, runs their tests, and looks whether they are silent over a clean week."""

import sys
import tempfile
from pathlib import Path
from typing import Final

from host import week
from host.promtool import says

FOLDER: Final = Path(__file__).parents[2] / "ops" / "monitoring"
RULES: Final = FOLDER / "rules.yaml"
_PLANTED: Final = ("> 300\n", "> 300 >\n")


def mistakes() -> list[str]:
    """What it finds, or overlooks: a mistake planted in a copy. Raises `NotThere`."""
    tests = sorted(FOLDER.glob("rules*_test.yaml"))
    asked = [("check", "rules", RULES), ("check", "config", FOLDER / "scrape.yaml")]
    failures = [f"{file.name}: promtool {word} {what}" for word, what, file in asked if not _takes(word, what, file)]
    failures += [f"{file.name}: promtool test rules" for file in tests if not _takes("test", "rules", file)]
    with tempfile.TemporaryDirectory() as folder:
        return failures + _noisy_week(Path(folder)) + _overlooked(Path(folder))


def _noisy_week(folder: Path) -> list[str]:
    file = folder / "week_test.yaml"
    file.write_text(week.as_text(str(RULES)), encoding="utf-8")
    return [] if _takes("test", "rules", file) else ["an alert in a clean week: see above"]


def _overlooked(folder: Path) -> list[str]:
    """A tool that finds nothing wrong with anything shows nothing."""
    wrong = folder / "wrong.yaml"
    wrong.write_text(RULES.read_text(encoding="utf-8").replace(*_PLANTED, 1), encoding="utf-8")
    return [] if says("check", "rules", str(wrong)).returncode else ["a planted mistake in the rules was not found"]


def _takes(word: str, what: str, file: Path) -> bool:
    done = says(word, what, str(file))
    sys.stdout.write(f"promtool {word} {what} {file.name}: {'right' if not done.returncode else done.stdout.strip()}\n")
    return not done.returncode
