"""Run it: `make test-host`. The official AsyncAPI command reads the contract: as written, and as the door serves it."""

import sys
import tempfile
from pathlib import Path

from host.programs import Command, NotThere, asyncapi
from ops.bundling import BUNDLED, ROOM, SOURCE

_RIGHT, _WRONG, _NOT_THERE = 0, 1, 3
_PLANTED = ("action: receive", "action: subscribe")  # AsyncAPI 2 said it so


def main() -> int:
    """0: the command takes both and finds a planted mistake; 1: it does not; 3: it cannot be had."""
    try:
        command = asyncapi()
        failures = [
            *(f"{each} is not valid" for each in (SOURCE, BUNDLED) if not _takes(command, each)),
            *_overlooked(command),
        ]
    except NotThere as missing:
        _say(f"make test-host needs {missing}")
        return _NOT_THERE
    for failure in failures:
        _say(f"failed: {failure}")
    _say(f"{3 - len(failures)} passed, {len(failures)} failed")
    return _WRONG if failures else _RIGHT


def _takes(command: Command, file: Path) -> bool:
    verdict = command.reads(file)
    _say(f"{file.relative_to(ROOM.parent)}: {'valid' if verdict.is_valid else verdict.said}")
    return verdict.is_valid


def _overlooked(command: Command) -> list[str]:
    """A command that finds nothing wrong with anything shows nothing."""
    text = BUNDLED.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        wrong = Path(folder) / "wrong.yaml"
        wrong.write_text(text.replace(*_PLANTED), encoding="utf-8")
        verdict = command.reads(wrong)
    is_found = not verdict.is_valid and '"action" property must be' in verdict.said
    return [] if is_found else ["a planted mistake was not found"]


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
