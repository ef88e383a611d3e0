"""Kafka's jars: the committed list of them, fetched once from Maven's index, and checked before every start."""

import hashlib
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from ops.errors import Missing
from ops.localstack.home import cache

KAFKA_VERSION = "4.3.1"
LIST = "kafka_jars.txt"
# Most of a fetch is waiting; more at once gains nothing and is impolite to the index.
FETCHES_AT_ONCE = 6
TELL_EVERY = 10


@dataclass(frozen=True)
class Jar:
    """One file of Kafka: Maven's coordinates (group, artifact, version) and the SHA-256 that it must have."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        """Return the name of the file on disk."""
        return f"{self.artifact}-{self.version}.jar"


def listed() -> list[Jar]:
    """Return the committed list."""
    lines = (Path(__file__).parent / LIST).read_text().splitlines()
    rows = (line.split() for line in lines if line and not line.startswith("#"))
    return [_jar(coordinates, sha256) for coordinates, sha256 in rows]


def _jar(coordinates: str, sha256: str) -> Jar:
    group, artifact, version = coordinates.split(":")
    return Jar(group, artifact, version, sha256)


def jar_folder() -> Path:
    """Return the folder that holds the jars, for all stacks and clones of this user."""
    return cache() / f"kafka-{KAFKA_VERSION}"


def class_path(say: Callable[[str], None]) -> list[Path]:
    """Return Kafka's jars, each with the listed hash, in the order of the list; what is absent is fetched first."""
    folder, jars = jar_folder(), listed()
    absent = [jar for jar in jars if not (folder / jar.file_name).is_file()]
    if absent:
        _fetch(absent, folder, say)
    for jar in jars:
        _check(jar, folder / jar.file_name)
    return [folder / jar.file_name for jar in jars]


def _check(jar: Jar, path: Path) -> None:
    with path.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if found != jar.sha256:
        raise Missing(
            f"{path} is not the file that Footing was built with: its SHA-256 is {found}, not {jar.sha256}.",
            "Delete that file and try again; if it comes back the same, your index gives another file.",
        )


def _fetch(jars: list[Jar], folder: Path, say: Callable[[str], None]) -> None:
    """Fetch into a folder of our own and move only what was checked, so that a broken fetch leaves nothing behind."""
    folder.mkdir(parents=True, exist_ok=True)
    say(f"fetching Kafka {KAFKA_VERSION} from Maven's index: {len(jars)} files, once for this user")
    with (
        tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder) as draft,
        ThreadPoolExecutor(FETCHES_AT_ONCE) as pool,
    ):
        fetching = {pool.submit(_fetch_one, jar, Path(draft)): jar for jar in jars}
        try:
            for count, done in enumerate(as_completed(fetching), start=1):
                done.result().replace(folder / fetching[done].file_name)
                if count % TELL_EVERY == 0:
                    say(f"fetching Kafka {KAFKA_VERSION}: {count} of {len(jars)} files")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _fetch_one(jar: Jar, draft: Path) -> Path:
    import requests
    from jgo.config import GlobalSettings
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.maven import MavenContext

    # A mirror named in the user's own jgo settings is asked first.
    indexes = {**GlobalSettings.load().repositories, "central": MAVEN_CENTRAL_URL}
    maven = MavenContext(repo_cache=draft, remote_repos=indexes)
    try:
        path = Path(maven.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve())
    except (requests.RequestException, RuntimeError) as refusal:
        raise Missing(
            f"Fetching {jar.file_name} was refused: {type(refusal).__name__}.",
            "Look at the network (HTTPS_PROXY), name a mirror under [repositories] in ~/.config/jgo.conf, use Docker, "
            "or give KAFKA_URL and MONGO_URL of running parts.",
        ) from refusal
    _check(jar, path)
    return path
