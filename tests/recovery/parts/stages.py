"""Stages whose parts can be broken: a broker and one or three mongods, each behind a proxy."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from ops import localstack
from ops.localstack import kafka, mongod, ports, quick
from ops.localstack.starting import Starting, Wishes
from ops.localstack.state import Part
from recovery.parts.broker import NAME as KAFKA
from recovery.parts.broker import Broker
from recovery.parts.members import Member, Members
from recovery.parts.proxy import Proxies, Proxy
from recovery.parts.wire import KafkaWire, MongoWire
from recovery.stage import Stage

HANDLE: Final = "parts"
SERVICES: Final = "footing-recovery"  # the name by which mongod and proxies know the services' connections


@dataclass(frozen=True)
class Parts:
    """What a stage with `HANDLE` can have broken."""

    mongo: Members
    kafka: Broker

    @property
    def mongo_url(self) -> str:
        """As services are given it: it says who they are."""
        return f"{self.mongo.url}&appName={SERVICES}"

    @property
    def sides(self) -> dict[str, Proxy]:
        """What stands between the services and Kafka, and between them and the first MongoDB."""
        return {"Kafka": self.kafka.proxy, "MongoDB": self.mongo.all[0].proxy}


@contextmanager
def breakable(name: str, owner: int, members: int = 1) -> Iterator[Stage]:
    """A stage on which everything can be broken by its `Parts`."""
    made: list[Parts] = []
    with Proxies() as proxies:

        def make(starting: Starting, _wishes: Wishes, say: Callable[[str], None]) -> None:
            made.append(_make(starting, proxies, members, say))

        with localstack.start(name, owner_pid=owner, ephemeral=True, say=lambda _: None, make=make) as stack:
            parts = made[0]
            parts.kafka.started = stack.started_again
            for member in parts.mongo.all:
                member.started = stack.started_again
            yield Stage(
                parts.kafka.url,
                parts.mongo_url,
                parts.kafka.direct_url,
                parts.mongo.url,
                stack.known.folder,
                {"stack": stack, HANDLE: parts},
            )


def _make(starting: Starting, proxies: Proxies, members: int, say: Callable[[str], None]) -> Parts:
    binary, folder = mongod.find_binary(), starting.known.folder

    def port(what: str) -> int:
        return ports.take(None, None, what)

    def proxied(what: str, marked: bytes = b"") -> tuple[int, Proxy]:
        before = port(what)
        return before, proxies.add(Proxy(MongoWire() if marked else KafkaWire(), port("its proxy"), before, marked))

    mongo = []
    for number in range(members):
        name = f"mongod-{number}" if number else "mongod"
        before, proxy = proxied(name, SERVICES.encode())
        layout = mongod.Layout(folder / name, folder / f"logs/{name}.log", before)
        mongo.append(Member(name, binary, layout, proxy, lambda name, child: starting.add(_part(name), child)))
    before, proxy = proxied("Kafka")
    layout = kafka.Layout(folder / "kafka", folder / "logs/kafka.log", before, port("the controller"))
    broker = Broker(
        layout, port("Kafka, directly"), proxy, quick.java(starting, say),
        lambda name, child: starting.add(_part(name), child),
    )  # fmt: skip
    parts = Parts(Members(mongo), broker)
    urls = {KAFKA: broker.url} | dict.fromkeys((member.name for member in mongo), parts.mongo_url)

    def _part(name: str) -> Part:
        return Part(name, kafka.VERSION if name == KAFKA else binary.version, urls[name])

    broker.start()
    parts.mongo.start()
    broker.await_ready()
    return parts
