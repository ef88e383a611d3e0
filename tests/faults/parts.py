"""Kafka and mongod of a stack of their own, which can be broken; MongoDB's disk is a small one, which can be filled.

It is a file system in memory. To mount it takes the right to; the whole walk therefore runs where mounts are its own
(`in_own_mounts`), and whatever it mounted is gone with its last process.
"""

import errno
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from host.programs import NotThere
from recovery.parts.hanging import Breakable

from faults.waiting import until
from ops import localstack
from ops.localstack import Stack, kafka, mongod, ports, quick, replica_set
from ops.localstack.starting import Starting, Wishes
from ops.localstack.state import Part

DISK_BYTES: Final = 1_600_000_000  # `footing status` wants a thousand million free; the data takes some hundred
_OWN: Final = "FAULTS_OWN_MOUNTS"
_WAYS: Final = (("unshare", "--map-root-user", "--mount"), ("unshare", "--mount"))
_TRY_SECONDS: Final = 30.0
_KAFKA: Final = {"group.min.session.timeout.ms": "1000"}  # what a killed service read is taken over soon

Started = Callable[[str, "subprocess.Popen[bytes]"], None]


def in_own_mounts(module: str, arguments: Sequence[str]) -> None:
    """Go on as the same program, where what it mounts is seen by nobody else. Raises `NotThere`."""
    if not os.environ.get(_OWN):
        _go_on((*_way(), sys.executable, "-m", module, *arguments))


def _go_on(line: Sequence[str]) -> NoReturn:
    sys.stdout.flush()
    os.environ[_OWN] = "yes"
    os.execvp(line[0], line)


def _way() -> Sequence[str]:
    for way in _WAYS:
        try:
            mounts = (*way, "mount", "-t", "tmpfs", "-o", "size=1m", "footing-faults", "/mnt")
            if not subprocess.run(mounts, capture_output=True, timeout=_TRY_SECONDS, check=False).returncode:
                return way
        except (OSError, subprocess.TimeoutExpired):
            continue
    raise NotThere("a disk that can be filled: neither `unshare --map-root-user` nor root may mount one here")


@dataclass
class Mongo(Breakable):
    """The one mongod. `disk` is where its file system is mounted."""

    binary: mongod.Binary
    layout: mongod.Layout
    started: Started

    @property
    def disk(self) -> Path:
        """Where its file system is mounted."""
        return self.layout.folder

    @property
    def filler(self) -> Path:
        """What is not ours, and fills the disk."""
        return self.disk / "somebody-elses-copy"

    def start(self) -> None:
        """Start it on the data that it left, and wait until it takes writes."""
        self.process = mongod.start(self.binary, self.layout, ())
        self.started("mongod", self.process)
        until(lambda: replica_set.becomes_primary(self.layout.port), "MongoDB takes writes")

    def fill(self, share: float) -> None:
        """Fill the disk up to this share with a file."""
        while (wanted := self._room_up_to(share)) > 0:
            with self.filler.open("ab") as file:
                try:
                    os.posix_fallocate(file.fileno(), file.tell(), wanted)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise  # else MongoDB took some of it meanwhile: there is less now

    def _room_up_to(self, share: float) -> int:
        room = os.statvfs(self.disk)
        return int(room.f_bavail * room.f_frsize - (1 - share) * room.f_blocks * room.f_frsize)


@dataclass
class Kafka(Breakable):
    """The one broker."""

    layout: kafka.Layout
    java: Sequence[str]
    started: Started

    def start(self) -> None:
        """Start it on the data that it left, and wait until it answers."""
        self.process = kafka.start(self.layout, self.java, _KAFKA)
        self.started("kafka", self.process)
        kafka.await_ready(self.layout, self.process)


@dataclass(frozen=True)
class Parts:
    """What can be broken, and the stack that it is."""

    stack: Stack
    mongo: Mongo
    kafka: Kafka


@contextmanager
def opened(name: str) -> Iterator[Parts]:
    """Both, up; they end with the block, and with us however we end."""
    made: list[tuple[Mongo, Kafka]] = []

    def make(starting: Starting, _wishes: Wishes, say: Callable[[str], None]) -> None:
        made.append(_made(starting, say))

    with localstack.start(name, owner_pid=os.getpid(), ephemeral=True, say=lambda _: None, make=make) as stack:
        mongo, broker = made[0]
        mongo.started = broker.started = stack.started_again
        try:
            yield Parts(stack, mongo, broker)
        finally:
            subprocess.run(["umount", "--lazy", str(mongo.disk)], check=False)


def _made(starting: Starting, say: Callable[[str], None]) -> tuple[Mongo, Kafka]:
    folder, binary = starting.known.folder, mongod.find_binary()
    disk = folder / "mongod"
    disk.mkdir(parents=True)
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "footing-faults", str(disk)],
        timeout=_TRY_SECONDS,
        check=True,
    )
    port = ports.take(None, None, "MongoDB")
    of_mongo = mongod.Layout(disk, folder / "logs/mongod.log", port)
    of_kafka = kafka.Layout(
        folder / "kafka", folder / "logs/kafka.log", ports.take(None, None, "Kafka"), ports.take(None, None, "Kafka")
    )

    def added(name: str, child: "subprocess.Popen[bytes]") -> None:
        layout: mongod.Layout | kafka.Layout = of_mongo if name == "mongod" else of_kafka
        version = binary.version if name == "mongod" else kafka.VERSION
        starting.add(Part(name, version, layout.url, layout.port, data=str(layout.folder), log=str(layout.log)), child)

    broker = Kafka(of_kafka, quick.java(starting, say), added)
    mongo = Mongo(binary, of_mongo, added)
    mongo.start()
    broker.start()
    return mongo, broker
