"""Kafka and MongoDB as containers, where a Docker engine already holds the official images."""

import hashlib
import os
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, closing
from typing import TYPE_CHECKING, Any

from ops.errors import Missing
from ops.localstack import data, kafka, mongod, ports
from ops.localstack.home import home
from ops.localstack.starting import Starting, Wishes
from ops.localstack.state import Part

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

KAFKA_IMAGE = f"apache/kafka:{kafka.VERSION}"
MONGO_VERSION = "8.0"
MONGO_IMAGE = f"mongo:{MONGO_VERSION}"
LABEL = "footing.stack"
ENGINE_SECONDS = 30
READY_SECONDS = 90.0
LOOK_EVERY_SECONDS = 0.2


def problem() -> str | None:
    """Say why containers cannot be used, or None if they can."""
    if not _somebody_listens():
        return "no Docker engine answers"
    from docker.errors import DockerException, ImageNotFound

    try:
        with _engine() as engine:
            for image in (KAFKA_IMAGE, MONGO_IMAGE):
                engine.images.get(image)
    except ImageNotFound:
        return f"the Docker engine does not hold both {KAFKA_IMAGE} and {MONGO_IMAGE}"
    except DockerException:
        return "no Docker engine answers"
    return None


def start(starting: Starting, wishes: Wishes, say: Callable[[str], None]) -> None:
    """Start both containers and wait until both answer."""
    from docker.errors import DockerException

    try:
        _start(starting, wishes, say)
    except DockerException as refusal:
        raise Missing(
            f"Docker could not start the parts: {refusal}",
            "Look at `docker ps -a` and the engine's log, or set FOOTING_PARTS=local to do without Docker.",
        ) from refusal


def _start(starting: Starting, wishes: Wishes, say: Callable[[str], None]) -> None:
    from ops.localstack import replica_set

    mark = _mark(starting.known.name)
    maker = data.Maker("docker", {"kafka": kafka.VERSION, "mongod": MONGO_VERSION})
    before = data.ports_before(starting.known.folder, maker)
    mongo_port = ports.take(wishes.mongo_port, before.get("mongod"), "MongoDB")
    kafka_port = ports.take(wishes.kafka_port, before.get("kafka"), "Kafka")
    data.remember(starting.known.folder, maker, {"mongod": mongo_port, "kafka": kafka_port})
    say(f"starting {MONGO_IMAGE} on port {mongo_port} and {KAFKA_IMAGE} on port {kafka_port} in Docker")
    settings = {**_kafka_settings(kafka_port), **_as_environment(wishes.kafka_settings)}
    with _engine() as engine:
        mongo = _run(
            engine, f"{mark}-mongod", MONGO_IMAGE, mongo_port, folder="/data/db", command=_mongo_command(mongo_port)
        )
        starting.add(Part("mongod", MONGO_VERSION, mongod.url_of(mongo_port), mongo_port, container=mongo.id))
        broker = _run(
            engine, f"{mark}-kafka", KAFKA_IMAGE, kafka_port, folder="/var/lib/kafka/data", environment=settings
        )
        url = f"{ports.HOST}:{kafka_port}"
        starting.add(Part("kafka", kafka.VERSION, url, kafka_port, container=broker.id))
        _await(mongo, lambda: replica_set.becomes_primary(mongo_port))
        _await(broker, lambda: ports.answers(kafka_port) and kafka.answers(url))


def runs(container_id: str) -> bool:
    """Say whether this container runs."""
    from docker.errors import DockerException

    try:
        with _engine() as engine:
            return bool(engine.containers.get(container_id).status == "running")
    except DockerException:
        return False


def remove(container_ids: Iterable[str]) -> None:
    """Stop and remove these containers, and no others; data in named volumes stays."""
    from docker.errors import NotFound

    with _engine() as engine:
        for container_id in container_ids:
            try:
                container = engine.containers.get(container_id)
                container.stop(timeout=10)
                container.remove(v=True, force=True)
            except NotFound:
                continue


def wipe(name: str) -> None:
    """Delete the volumes of a stack whose containers are gone."""
    if problem():
        return
    with _engine() as engine:
        for volume in engine.volumes.list(filters={"label": f"{LABEL}={_mark(name)}"}):
            volume.remove(force=True)


def _somebody_listens() -> bool:
    """Look at the engine's own socket first: the client library takes long to load, and leaks one if none listens."""
    host = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if not host.startswith("unix://"):
        return True
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(host.removeprefix("unix://")) == 0


def _engine() -> "AbstractContextManager[DockerClient]":
    import docker

    return closing(docker.from_env(timeout=ENGINE_SECONDS))


def _mark(stack: str) -> str:
    """Return how containers and volumes of a stack are marked: clones share one engine, so their folder counts."""
    return f"footing-{stack}-{hashlib.sha256(str(home()).encode()).hexdigest()[:6]}"


def _run(engine: "DockerClient", volume: str, image: str, port: int, *, folder: str, **more: Any) -> "Container":
    """Run a container that goes by the same name as the volume with its data."""
    mark = volume.rpartition("-")[0]
    engine.volumes.create(volume, labels={LABEL: mark})
    return engine.containers.run(
        image,
        name=volume,
        detach=True,
        labels={LABEL: mark},
        # The port inside is the port outside, so that what a part says of its own address holds for clients too.
        ports={f"{port}/tcp": (ports.HOST, port)},
        volumes={volume: {"bind": folder, "mode": "rw"}},
        **more,
    )


def _mongo_command(port: int) -> list[str]:
    command = ["mongod", "--replSet", mongod.REPLICA_SET, "--bind_ip_all", "--port", str(port)]
    return [*command, "--wiredTigerCacheSizeGB", mongod.CACHE_GB]


def _kafka_settings(port: int) -> dict[str, str]:
    own = {
        "controller.quorum.voters": "1@localhost:9093",
        "listeners": f"PLAINTEXT://:{port},CONTROLLER://:9093",
        "advertised.listeners": f"PLAINTEXT://{ports.HOST}:{port}",
        "log.dirs": "/var/lib/kafka/data",
    }
    # One variable drops the image's whole default configuration, so every setting is given.
    return _as_environment({**kafka.common_settings(), **own}) | {"KAFKA_HEAP_OPTS": kafka.HEAP}


def _as_environment(settings: Mapping[str, str]) -> dict[str, str]:
    return {f"KAFKA_{name.replace('.', '_').upper()}": value for name, value in settings.items()}


def _await(container: "Container", ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not ready():
        container.reload()
        if container.status == "exited" or time.monotonic() > deadline:
            log = container.logs(tail=12).decode(errors="replace")
            raise Missing(f"Container {container.name} does not answer.", f"The end of its log:\n{log}")
        time.sleep(LOOK_EVERY_SECONDS)
