"""What was acknowledged to the load driver, written down and flushed before it counts."""

import json
import os
import threading
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

ACCEPTED = frozenset({"accepted"})
COUNTED_ONCE = frozenset({"accepted", "duplicate"})


@dataclass(frozen=True)
class Acknowledged:
    """One record that Kafka, or one event that the door, has promised to keep.

    `topic`, `partition` and `offset` are known from Kafka only. `fates`: what a record may end as. `once`: of all
    records of this event exactly one must end as accepted.
    """

    partner: str
    event: str
    id: str
    subject: str
    fates: tuple[str, ...]
    once: bool
    topic: str = ""
    partition: int = -1
    offset: int = -1

    @property
    def place(self) -> tuple[str, int, int]:
        """Where it stands in its inbox."""
        return self.topic, self.partition, self.offset

    @property
    def identity(self) -> tuple[str, str, str]:
        """What the event is known by."""
        return self.partner, f"footing.{self.event}.v1", self.id


class AcknowledgementLedger:
    """A file of JSON lines. What is not on disk was never acknowledged."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("a")
        self._lock = threading.Lock()
        self.written = 0

    def add(self, acknowledged: Iterable[Acknowledged]) -> None:
        """Write, flush to disk, and only then count."""
        lines = [json.dumps(asdict(entry)) + "\n" for entry in acknowledged]
        if not lines:
            return
        with self._lock:
            self._file.writelines(lines)
            self._file.flush()
            os.fsync(self._file.fileno())
            self.written += len(lines)

    def read(self, start: int = 0) -> Iterator[Acknowledged]:
        """What stands in the file, from a line on."""
        with self._lock:
            lines = self.path.read_text().splitlines()
        for line in lines[start:]:
            entry = json.loads(line)
            yield Acknowledged(**{**entry, "fates": tuple(entry["fates"])})

    def close(self) -> None:
        """Close the file."""
        self._file.close()
