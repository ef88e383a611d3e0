"""The parts that a world stands on: Kafka and MongoDB, and the handles by which rows break them."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from recovery.row import THREE, WHOLE


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


def stages() -> dict[str, Opening]:
    """How each stage is opened: (name of its stack, pid of its owner) -> context manager of a `Stage`."""
    from recovery.parts.stages import breakable  # noqa: PLC0415  it opens what is described here

    return {WHOLE: breakable, THREE: partial(breakable, members=3)}
