"""Where stacks keep their data, and where what is downloaded once is kept."""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.errors import Missing

NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


def home() -> Path:
    """Return the folder of all stacks: `FOOTING_HOME`, else `.footing` in the clone."""
    if given := os.environ.get("FOOTING_HOME"):
        return Path(given).resolve()
    root = Path(__file__).resolve().parents[3]
    return (root if (root / "requirements.lock").is_file() else Path.cwd()) / ".footing"


def cache() -> Path:
    """Return the folder shared by all clones of this user: `FOOTING_CACHE`, else the user's cache folder."""
    if given := os.environ.get("FOOTING_CACHE"):
        return Path(given).resolve()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "footing"


def folder_of(name: str) -> Path:
    """Return the folder of one stack. A name is lower-case letters, digits and dashes, at most 40."""
    if not NAME.fullmatch(name):
        raise Missing(f"{name!r} cannot be the name of a stack.", "Use lower-case letters, digits and dashes.")
    return home() / name


@contextmanager
def held(path: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold a lock file against other processes; yields False if another holds it and `wait` is off."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True
