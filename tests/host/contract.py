"""The official AsyncAPI command reads the contract: as written, and as the door serves it."""

import sys
import tempfile
from pathlib import Path
from typing import Final

from host.programs import Command, asyncapi
from ops.bundling import BUNDLED, ROOM, SOURCE

_PLANTED: Final = ("action: receive", "action: subscribe")  # AsyncAPI 2 said it so


def mistakes() -> list[str]:
    """What the command finds, or overlooks: a mistake planted in a copy. Raises `NotThere`."""
    command = asyncapi()
    return [
        *(f"{each.name} is not valid" for each in (SOURCE, BUNDLED) if not _takes(command, each)),
        *_overlooked(command),
    ]


def _takes(command: Command, file: Path) -> bool:
    verdict = command.reads(file)
    sys.stdout.write(f"{file.relative_to(ROOM.parent)}: {'valid' if verdict.is_valid else verdict.said}\n")
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
