"""What processes use while something is measured: CPU seconds, and the most memory that was resident."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

import psutil

from ops.localstack import Stack

_EVERY_SECONDS: Final = 0.2
_MB: Final = 1_000_000


def pids_of(stack: Stack) -> dict[str, int]:
    """The processes of Kafka and MongoDB, where they run on this machine as ours."""
    parts = {part.name: part.process for part in stack.known.parts}
    return {name: identity.pid for name, identity in parts.items() if identity is not None}


@dataclass
class Usage:
    """As a context manager it measures these processes until the block ends (or they do)."""

    pids: Mapping[str, int]
    cpu_seconds: dict[str, float] = field(default_factory=dict)
    peak_mb: dict[str, float] = field(default_factory=dict)
    samples: dict[str, list[float]] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self._processes = {name: psutil.Process(pid) for name, pid in self.pids.items()}
        self._before = {name: _cpu(process) for name, process in self._processes.items()}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        for name, process in self._processes.items():
            if process.is_running():
                self.cpu_seconds[name] = round(_cpu(process) - self._before[name], 2)
        self._over.set()
        self._thread.join()
        self.peak_mb = {name: max(samples) for name, samples in self.samples.items() if samples}

    def _sample(self) -> None:
        while True:
            for name, process in self._processes.items():
                try:
                    resident = process.memory_info().rss / _MB
                except psutil.NoSuchProcess:
                    continue
                self.samples.setdefault(name, []).append(round(resident, 1))
            if self._over.wait(_EVERY_SECONDS):
                return


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
