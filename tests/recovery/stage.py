"""The parts that a world stands on: Kafka and MongoDB, and the handles by which rows break them."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ops import localstack
from recovery.row import WHOLE


@dataclass(frozen=True)
class Stage:
    """`kafka_url` and `mongo_url` are what services are given (they may lead through a proxy); load driver and checks
    go directly. `handles`: whatever rows use to break the parts, by name.
    """

    kafka_url: str
    mongo_url: str
    direct_kafka_url: str
    direct_mongo_url: str
    folder: Path
    handles: Mapping[str, Any] = field(default_factory=dict)


Opening = Callable[[str, int], AbstractContextManager[Stage]]


@contextmanager
def plain(name: str, owner: int) -> Iterator[Stage]:
    """One broker and one node, nothing between: for work on rows that break neither."""
    with localstack.start(
        name,
        owner_pid=owner,
        ephemeral=True,
        say=lambda _: None,
        kafka_settings={"group.min.session.timeout.ms": "1000"},
        mongod_arguments=("--setParameter", "enableTestCommands=1"),
    ) as stack:
        urls = (stack.kafka_url, stack.mongo_url)
        yield Stage(*urls, *urls, stack.known.folder, {"stack": stack})


def stages() -> dict[str, Opening]:
    """How each stage is opened: (name of its stack, pid of its owner) -> context manager of a `Stage`."""
    return {WHOLE: plain}
