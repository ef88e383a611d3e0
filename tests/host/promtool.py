"""Prometheus and its tool, which reads rules and runs their tests: the machine's, or Debian's, unpacked beside it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from host.programs import NotThere

_FOLDER: Final = Path(__file__).parents[2] / "build" / "host" / "prometheus"
_UNPACKED: Final = _FOLDER / "usr" / "bin"
_TOOL: Final = "promtool"
_FETCH_SECONDS, _RUN_SECONDS = 300, 300  # each many times what it takes on two cores


def program() -> str:
    """Where it is; Debian's is fetched if there is none and that can be done. Raises `NotThere`."""
    return _program(_TOOL)


def server() -> str:
    """Where Prometheus itself is, as it comes with the tool. Raises `NotThere`."""
    return _program("prometheus")


def says(*words: str) -> subprocess.CompletedProcess[str]:
    """Run it. Raises `NotThere`."""
    return _run((program(), *words), _RUN_SECONDS, "an answer of promtool")


def _program(name: str) -> str:
    if there := shutil.which(name):
        return there
    if not (_UNPACKED / _TOOL).exists():
        _fetch()
    if not (_UNPACKED / name).exists():
        raise NotThere(f"{name}, which Debian's package of Prometheus does not have")
    return str(_UNPACKED / name)


def _fetch() -> None:
    """Unpacked into a folder of ours: installed, the package would start a server of its own."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        raise NotThere("promtool on the PATH, which is a part of Prometheus; on Debian and Ubuntu it is fetched")
    sys.stderr.write("fetching promtool from Debian's packages\n")
    shutil.rmtree(_FOLDER, ignore_errors=True)
    _FOLDER.mkdir(parents=True)
    what = "promtool from Debian's packages"
    got = _apt(what, "download", "prometheus")
    if got.returncode and os.geteuid() == 0:  # a fresh machine has no list of packages
        _apt(what, "update")
        got = _apt(what, "download", "prometheus")
    packages = sorted(_FOLDER.glob("prometheus_*.deb"))
    if got.returncode or not packages:
        raise NotThere(f"{what}, which apt-get could not fetch: can this machine reach them?")
    _run(("dpkg-deb", "--extract", str(packages[0]), str(_FOLDER)), _FETCH_SECONDS, what)
    packages[0].unlink()


def _apt(what: str, *words: str) -> subprocess.CompletedProcess[str]:
    return _run(("apt-get", "-qq", *words), _FETCH_SECONDS, what)


def _run(line: Sequence[str], seconds: int, what: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            line, cwd=_FOLDER if _FOLDER.exists() else None, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, encoding="utf-8", errors="replace", timeout=seconds, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise NotThere(f"{what}, which did not come within {seconds} seconds") from None
