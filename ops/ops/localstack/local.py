"""Starts Kafka and mongod as child processes of one stack."""

import shutil
from collections.abc import Callable
from pathlib import Path

from ops.errors import Missing
from ops.localstack import data, kafka, mongod, ports, processes, quick
from ops.localstack.starting import Starting, Wishes
from ops.localstack.state import Part

# Kafka and mongod each set files aside when they start; with less than this they stop in the middle of their work.
LEAST_FREE_BYTES = 1_000_000_000


def start(starting: Starting, wishes: Wishes, say: Callable[[str], None]) -> None:
    """Start both at once and wait until both answer. mongod starts while Kafka's files are looked through."""
    from ops.localstack import replica_set

    folder = starting.known.folder
    _check_room(folder)
    binary = mongod.find_binary()
    maker = data.Maker("local", {"kafka": kafka.VERSION, "mongod": binary.version})
    before = data.ports_before(folder, maker)
    mongo = mongod.Layout(
        folder / "mongod", folder / "logs/mongod.log", ports.take(wishes.mongo_port, before.get("mongod"), "MongoDB")
    )
    broker = kafka.Layout(
        folder / "kafka",
        folder / "logs/kafka.log",
        ports.take(wishes.kafka_port, before.get("kafka"), "Kafka"),
        ports.take(None, before.get("controller"), "Kafka's controller"),
    )
    used = {"mongod": mongo.port, "kafka": broker.port, "controller": broker.controller_port}
    data.remember(folder, maker, used)

    say(f"starting mongod {binary.version} on port {mongo.port} and Kafka {kafka.VERSION} on port {broker.port}")
    server = mongod.start(binary, mongo, wishes.mongod_arguments)
    starting.add(
        Part("mongod", binary.version, mongo.url, mongo.port, data=str(mongo.folder), log=str(mongo.log)), server
    )
    child = kafka.start(broker, quick.java(starting, say), wishes.kafka_settings)
    starting.add(
        Part("kafka", kafka.VERSION, broker.url, broker.port, data=str(broker.folder), log=str(broker.log)), child
    )
    processes.await_ready("mongod", server, mongo.log, lambda: replica_set.becomes_primary(mongo.port))
    kafka.await_ready(broker, child)


def _check_room(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        raise Missing(
            f"Only {free // 1_000_000} MB are free where {folder} lies; the parts need at least 1,000.",
            "Make room, or set FOOTING_HOME to a folder on another disk.",
        )
