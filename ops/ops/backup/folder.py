"""A backup as a folder: one BSON file a collection, and a manifest that is written last. Half a folder is none."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import msgspec
from bson import decode_file_iter

from servicekit.partners import REGISTRY_DATABASE
from servicekit.positions import Position

Positions = dict[str, dict[Position, int]]

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
_PRIVATE: Final = 0o600  # it holds pseudonymous data of people, and the map that leads back to partners' names of them
_AT_ONCE_BYTES: Final = 1024 * 1024


class NotABackup(Exception):  # noqa: N818  says what is wrong, in the operators' words
    """The folder cannot be restored from."""


class Kept(msgspec.Struct, frozen=True):
    """One collection as it was put down. `database` is its name without the prefix; `indexes` as MongoDB lists them."""

    database: str
    collection: str
    documents: int
    bytes: int
    sha256: str
    indexes: list[dict[str, Any]]

    @property
    def file(self) -> str:
        """Where it stands in the folder."""
        return f"{self.database}/{self.collection}.bson"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup says of itself. `ends`: where each partition of our topics ended just before `cluster_time`."""

    format: int = FORMAT
    cluster_time: tuple[int, int]  # seconds since 1970, and which operation of that second
    versions: dict[str, str]
    kafka_cluster: str
    ends: dict[str, list[int]]
    files: list[Kept]

    @property
    def as_of(self) -> datetime:
        """The moment of which it is."""
        return datetime.fromtimestamp(self.cluster_time[0], UTC)

    @property
    def databases(self) -> list[str]:
        """The databases in it, without the prefix."""
        return sorted({kept.database for kept in self.files})

    @property
    def offsets(self) -> dict[Position, int]:
        """`ends`, by partition."""
        return {
            (topic, number): end for topic, partitions in self.ends.items() for number, end in enumerate(partitions)
        }

    @property
    def documents(self) -> int:
        """How many documents it holds."""
        return sum(kept.documents for kept in self.files)

    @property
    def bytes(self) -> int:
        """How large its files are together."""
        return sum(kept.bytes for kept in self.files)


class Writing:
    """One file that is being written: how much stands in it, and its hash."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE), "wb")
        self._hash = hashlib.sha256()
        self.documents = self.bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        with self._file:
            if kind is None:
                self._file.flush()
                os.fsync(self._file.fileno())

    def add(self, document: bytes | memoryview) -> None:
        """One more document."""
        self._file.write(document)
        self._hash.update(document)
        self.documents += 1
        self.bytes += len(document)

    @property
    def sha256(self) -> str:
        """The hash of what was written."""
        return self._hash.hexdigest()


@contextmanager
def aside(folder: Path) -> Iterator[Path]:
    """A folder beside `folder` to write into, private, that takes its name at the end, or goes if that is not reached.

    Killed in the middle, what is left bears another name and has no manifest.
    """
    place = Path(tempfile.mkdtemp(prefix=f"{folder.name}.unfinished-", dir=folder.parent))
    try:
        yield place
        place.rename(folder)
    except BaseException:
        shutil.rmtree(place)
        raise


def put_down(folder: Path, manifest: Manifest) -> None:
    """Write the manifest, the last of all."""
    with Writing(folder / MANIFEST) as file:
        file.add(msgspec.json.format(msgspec.json.encode(manifest), indent=1))


def read(folder: Path) -> Manifest:
    """What stands in the folder. Raises `NotABackup`."""
    try:
        said = (folder / MANIFEST).read_bytes()
    except OSError:
        raise NotABackup(
            f"{folder} holds no {MANIFEST} that can be read: no backup, or one that was not finished."
        ) from None
    try:
        made = msgspec.json.decode(said).get("format")
        if made != FORMAT:
            raise NotABackup(f"{folder} is of format {made}, and this release reads format {FORMAT}.")
        return msgspec.json.decode(said, type=Manifest)
    except (msgspec.MsgspecError, AttributeError):
        raise NotABackup(f"{folder / MANIFEST} is damaged.") from None


def damage(folder: Path, kept: Iterable[Kept]) -> Iterator[str]:
    """Each file that is not what the manifest says of it."""
    for each in kept:
        try:
            found = _hash_of(folder / each.file)
        except OSError as error:
            yield f"{each.file} cannot be read: {error.strerror}"
            continue
        if found != each.sha256:
            yield f"{each.file} is not what was written: its SHA-256 is {found[:12]}... and not {each.sha256[:12]}..."


def _hash_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_AT_ONCE_BYTES):
            digest.update(part)
    return digest.hexdigest()


def partners_of(folder: Path, files: Iterable[Kept]) -> frozenset[str]:
    """Who was registered at the backup."""
    found: set[str] = set()
    for kept in files:
        if (kept.database, kept.collection) == (REGISTRY_DATABASE, "partners"):
            with (folder / kept.file).open("rb") as file:
                found |= {entry["_id"] for entry in decode_file_iter(file)}
    return frozenset(found)


def positions_of(folder: Path, files: Iterable[Kept]) -> Positions:
    """How far each loop in these files had read, by `<service> <loop>`."""
    found: Positions = {}
    for kept in files:
        if kept.collection != "positions":
            continue
        with (folder / kept.file).open("rb") as file:
            for entry in decode_file_iter(file):
                if "/" in entry["loop"]:
                    continue  # of a version of the read models that is not live: it is not restored
                place = (entry["topic"], entry["partition"])
                found.setdefault(f"{kept.database} {entry['loop']}", {})[place] = entry["next"]
    return found
