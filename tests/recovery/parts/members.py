"""A replica set of real mongods, known to each other and to clients by the ports of proxies; each can be broken."""

import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from ops.localstack import mongod, ports
from recovery.parts.hanging import Breakable
from recovery.parts.proxy import Proxy

CACHE_GB: Final = "0.25"
# As quick as three members on two busy cores stand without electing for no reason.
_SETTINGS: Final = {"electionTimeoutMillis": 3000, "heartbeatIntervalMillis": 500, "catchUpTimeoutMillis": 2000}
_PATIENCE_SECONDS: Final = 60.0
T = TypeVar("T")
Started = Callable[[str, "subprocess.Popen[bytes]"], None]


@dataclass
class Member(Breakable):
    """One mongod behind its proxy. `started` hears of each new process of it."""

    name: str
    binary: mongod.Binary
    layout: mongod.Layout
    proxy: Proxy
    started: Started

    @property
    def address(self) -> str:
        """By which the replica set's configuration knows it."""
        return f"{ports.HOST}:{self.proxy.port}"

    def start(self) -> None:
        """Start it, on the data that it left. It does not answer yet."""
        extra = ("--setParameter", "enableTestCommands=1")
        self.process = mongod.start(self.binary, self.layout, extra, cache_gb=CACHE_GB)
        self.started(self.name, self.process)

    @contextmanager
    def asked(self) -> Iterator[MongoClient[dict[str, Any]]]:
        """A client of this member alone, past the proxy."""
        with MongoClient[dict[str, Any]](
            ports.HOST, self.layout.port, directConnection=True, serverSelectionTimeoutMS=1000, socketTimeoutMS=5000
        ) as client:
            yield client

    def says(self, command: str | Mapping[str, Any]) -> dict[str, Any]:
        """What it answers to a command of the `admin` database; empty if it does not."""
        try:
            with self.asked() as client:
                return dict(client.admin.command(command))
        except PyMongoError:
            return {}


class Members:
    """One or three members. `primary` is who says so and whom the majority follows."""

    def __init__(self, members: list[Member]) -> None:
        self.all = members

    @property
    def url(self) -> str:
        """The connection string, by the proxies' ports."""
        return f"mongodb://{','.join(member.address for member in self.all)}/?replicaSet={mongod.REPLICA_SET}"

    def start(self) -> None:
        """Start all, and make them a replica set that has a primary."""
        for member in self.all:
            member.start()
        for member in self.all:
            _until(lambda member=member: member.says("ping"), f"{member.name} answers")
        config = {
            "_id": mongod.REPLICA_SET,
            "members": [{"_id": number, "host": member.address} for number, member in enumerate(self.all)],
            "settings": _SETTINGS,
        }
        with self.all[0].asked() as client:
            client.admin.command("replSetInitiate", config)
        self.await_whole()

    def primary(self) -> Member | None:
        """Who takes writes: of several that think so (one may have hung) the one of the latest term."""
        told = [(member.says("hello").get("electionId"), member) for member in self.all]
        primaries = [(election, member) for election, member in told if election is not None]
        return max(primaries, key=lambda each: each[0])[1] if primaries else None

    def await_primary(self, other_than: Member | None = None) -> Member:
        """Wait for a primary, another one than this."""
        return _until(
            lambda: found if (found := self.primary()) is not None and found is not other_than else None, "a primary"
        )

    def await_whole(self) -> Member:
        """Wait until one is primary and all others follow it."""
        wanted = ["PRIMARY", *(["SECONDARY"] * (len(self.all) - 1))]

        def whole() -> Member | None:
            status = (primary := self.primary()) and primary.says("replSetGetStatus")
            states = sorted(member["stateStr"] for member in status["members"]) if status else []
            return primary if states == wanted else None

        return _until(whole, "a primary and all others following")

    def term(self) -> int:
        """The number of the election that the primary won."""
        return int(self.await_primary().says("replSetGetStatus")["term"])

    def step_down(self) -> tuple[Member, Member]:
        """Let the primary step down; returns it and its successor."""
        before = self.await_primary()
        with before.asked() as client:
            client.admin.command({"replSetStepDown": 10, "secondaryCatchUpPeriodSecs": 5})
        return before, self.await_primary(other_than=before)


def _until(holds: Callable[[], T | None], what: str) -> T:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not (found := holds()):
        assert time.monotonic() < deadline, f"waited {_PATIENCE_SECONDS:.0f} s for {what}"
        time.sleep(0.1)
    return found
