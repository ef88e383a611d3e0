"""Prints the part of the lock file that the packages named need, hashes and all: an image holds that and nothing else.

    python locked.py requirements.lock footing-servicekit footing-door

Standard library only: it runs where nothing is installed yet.
"""

import re
import sys
from collections.abc import Iterable
from pathlib import Path

_REQUIREMENT = re.compile(r"^(?=[a-z0-9])", re.MULTILINE)
_ASKER = re.compile(r"^ +#(?: via)? +([a-z0-9][a-z0-9._-]*)", re.MULTILINE)


def select(lock: str, packages: Iterable[str]) -> str:
    """The requirements that bear these names, or that packages of these names asked for, directly or not.

    Follows the notes (`# via`) that uv leaves below each requirement. The installer checks the answer: with
    `--require-hashes` pip refuses a set that lacks what one of its members needs.
    """
    requirements = {block.partition("==")[0]: block for block in _REQUIREMENT.split(lock) if "==" in block}
    askers = {name: set(_ASKER.findall(block)) for name, block in requirements.items()}
    wanted = set(packages)
    while found := {name for name in requirements if name not in wanted and askers[name] & wanted}:
        wanted |= found
    return "".join(block for name, block in requirements.items() if name in wanted)


if __name__ == "__main__":
    sys.stdout.write(select(Path(sys.argv[1]).read_text(), sys.argv[2:]))
