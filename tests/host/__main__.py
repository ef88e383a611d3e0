"""Run it: `make test-host`. The official AsyncAPI command reads the contract, Prometheus' own tool the alert rules; a
real Chromium walks the pages.
"""

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Final

from host import alerts, chromium, contract, programs
from host.programs import NotThere

_RIGHT, _WRONG, _NOT_THERE = 0, 1, 3
_HERE: Final = Path(__file__).parent
_PYTEST: Final = (
    sys.executable, "-m", "pytest", "-q", "-p", "host.fixtures", "-o", "python_files=browser_*.py",
    "-o", "timeout=1800",  # the tour of all pages is one fixture
    str(_HERE),
)  # fmt: skip


def main() -> int:
    """0: all right; 1: something is not; 3: what is needed cannot be had."""
    parser = argparse.ArgumentParser(prog="make test-host", description=__doc__)
    parser.add_argument("only", nargs="?", choices=("contract", "alerts", "pages"), help="one of the three")
    only = parser.parse_args().only
    try:
        failures = contract.mistakes() if only in (None, "contract") else []
        if only in (None, "alerts"):
            failures += alerts.mistakes()
        if only in (None, "pages"):
            failures += _of_pages()
    except NotThere as missing:
        _say(f"make test-host needs {missing}")
        return _NOT_THERE
    for failure in failures:
        _say(f"failed: {failure}")
    _say("failed" if failures else "all is right")
    return _WRONG if failures else _RIGHT


def _of_pages() -> list[str]:
    """What pytest says of them. Raises `NotThere` before, and not in the middle."""
    chromium.program()
    programs.axe()
    done = subprocess.run(_PYTEST, stdin=subprocess.DEVNULL, check=False)
    return ["pages in a browser: see above"] if done.returncode else []


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
