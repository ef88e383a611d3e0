"""What every work is given: how often to run, how much, and real parts of its own."""

import asyncio
import os
import tempfile
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec
from pymongo import MongoClient
from pymongo.collection import Collection

from benchmarks.child import Child
from benchmarks.filling import fill
from benchmarks.stories import SCHEME
from contracts.topics import inbox, receipts
from ops import localstack
from ops.localstack import Stack
from servicekit import topics
from servicekit.partners import REGISTRY_DATABASE, Partner

PARTNERS: Final = ("north", "east", "south", "west")

Rows = Collection[dict[str, Any]]


@dataclass(frozen=True)
class Parts:
    """Kafka and MongoDB of one work, the canonical topics made."""

    stack: Stack
    client: MongoClient[dict[str, Any]]
    logs: Path
    fill: Callable[[Any], int]

    @property
    def kafka(self) -> dict[str, Any]:
        """Keyword arguments for aiokafka clients."""
        return {"bootstrap_servers": self.stack.kafka_url}

    def ours(self, service: str, loop: str, prefix: str, more: Mapping[str, str] | None = None) -> Child:
        """One loop of ours as a process, on the databases of this prefix."""
        environment = {
            "KAFKA_URL": self.stack.kafka_url,
            "MONGO_URL": self.stack.mongo_url,
            "DATABASE_PREFIX": prefix,
            "HTTP_PORT": "0",
            "BENCH_SERVICE": service,
            "BENCH_LOOP": loop,
            **(more or {}),
        }
        return Child("benchmarks.worker", environment, self.logs / f"{prefix}{service}.log")

    def raw(self, kind: str, pattern: str, name: str) -> Child:
        """A raw worker of this kind as a process, with a group and a database of this name."""
        environment = {
            "KAFKA_URL": self.stack.kafka_url,
            "MONGO_URL": self.stack.mongo_url,
            "BENCH_PATTERN": pattern,
            "BENCH_GROUP": name,
            "BENCH_DATABASE": name,
        }
        return Child(f"benchmarks.raw.{kind}", environment, self.logs / f"{name}.log")

    async def register(self, prefix: str) -> None:
        """Four partners that may publish sessions, and their topics."""
        for number, name in enumerate(PARTNERS, 1):
            await topics.ensure_partner(self.kafka, receipts(name), [inbox(name, "session-held")])
            partner = Partner(name=name, number=number, schemes=frozenset({SCHEME}), events=frozenset({"session-held"}))
            self.client[prefix + REGISTRY_DATABASE]["partners"].insert_one(msgspec.to_builtins(partner))

    def copy(self, service: str, source: str, target: str) -> None:
        """What a service keeps under one prefix, and the registry, once more under another."""
        for name in (service, REGISTRY_DATABASE):
            database = self.client[source + name]
            for collection in database.list_collection_names(filter={"name": {"$not": {"$regex": "^system"}}}):
                if database[collection].options().get("viewOn") is None:
                    _copy(database[collection], self.client[target + name][collection])

    def drop(self, prefix: str) -> None:
        """Forget the databases of a run, so that the next finds as much room."""
        for name in self.client.list_database_names():
            if name.startswith(prefix):
                self.client.drop_database(name)


@dataclass(frozen=True)
class Bench:
    """The wishes of whoever measures. `quick`: fewer events, to see whether it works; its numbers say little.

    `share` of the events of a full measurement, where there is less time.
    """

    runs: int = 5
    quick: bool = False
    share: float = 1.0
    say: Callable[[str], None] = print
    logs: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="footing-bench-")))

    def size(self, full: int, quick: int) -> int:
        """How many of something."""
        return quick if self.quick else round(full * self.share)

    @contextmanager
    def parts(self, kafka_settings: Mapping[str, str] | None = None) -> Iterator[Parts]:
        """Fresh Kafka and MongoDB until the block ends."""
        name = f"bench-{os.getpid()}-{uuid.uuid4().hex[:4]}"
        owner = os.getpid()
        with (
            localstack.start(
                name, owner_pid=owner, ephemeral=True, say=lambda _: None, kafka_settings=kafka_settings
            ) as stack,
            MongoClient[dict[str, Any]](stack.mongo_url, tz_aware=True) as client,
        ):
            asyncio.run(topics.ensure_canonical({"bootstrap_servers": stack.kafka_url}))
            logs = self.logs / name
            logs.mkdir()
            yield Parts(stack, client, logs, lambda records: fill(stack.kafka_url, records))


def _copy(source: Rows, target: Rows) -> None:
    """The documents, and the indexes."""
    source.aggregate([{"$out": {"db": target.database.name, "coll": target.name}}])
    for name, index in source.index_information().items():
        if name != "_id_":
            options = {option: value for option, value in index.items() if option not in ("v", "key", "ns")}
            target.create_index(index["key"], name=name, **options)
