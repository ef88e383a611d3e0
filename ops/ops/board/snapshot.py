"""What the board knows at one moment: of each part the newest that was found, and when that was."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from ops.alarms.alarm import Alarm, Beside
from ops.standing.asking import Seen
from servicekit.standing import LoopStanding

OLD: Final = timedelta(seconds=10)
"""What is older is shown with its age: it is not how things stand now."""


@dataclass(frozen=True, slots=True)
class ServiceNow:
    """A service as it was found last, and what is known of its loops and read models, from then or from before."""

    seen: Seen
    at: datetime
    loops: tuple[LoopStanding, ...] = ()
    loops_at: datetime | None = None
    read_models: Mapping[str, float | None] | None = None

    @property
    def name(self) -> str:
        """Of the service."""
        return self.seen.service


@dataclass(frozen=True, slots=True)
class TopicsNow:
    """How many records came on each topic in the last minute; None: nobody has watched that long."""

    at: datetime
    came: Mapping[str, int | None]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All of it. `mongodb_since`: since when MongoDB does not answer; `kafka_since` the same of Kafka."""

    at: datetime
    services: tuple[ServiceNow, ...] = ()
    parts: tuple[Mapping[str, Any], ...] = ()
    parts_at: datetime | None = None
    topics: TopicsNow | None = None
    beside: Mapping[str, Beside] = field(default_factory=dict)
    alarms: tuple[Alarm, ...] = ()
    mongodb_since: datetime | None = None
    kafka_since: datetime | None = None

    def is_old(self, at: datetime | None) -> bool:
        """Whether what was found then is not how things stand now."""
        return at is None or self.at - at > OLD

    @property
    def oldest(self) -> datetime | None:
        """When the oldest of it was found that is shown of loops, if it is old."""
        times = [service.loops_at for service in self.services if service.loops_at]
        first = min(times, default=None)
        return first if first and self.is_old(first) else None
