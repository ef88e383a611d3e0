"""A worker as a child process, ours or the raw one: started, watched by the lines it says, ended.

Both say the same: `took_over` when it has its partitions, `batch` with `records` after each commit, `sent` with
`records` in all that Kafka has acknowledged. The time of a run is that from the first to the last of them.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

_STOP_SECONDS: Final = 30.0
_PATIENCE_SECONDS: Final = 120.0  # without any progress


_moved = threading.Condition()


class Died(Exception):  # noqa: N818  says what happened
    """A worker ended, or stopped to make progress, before its work was done."""


class Child:
    """One process of `python -m <module>` and what it has said. As a context manager it is ended with the block."""

    def __init__(self, module: str, environment: Mapping[str, str], log: Path) -> None:
        self.module, self.log = module, log
        self.handled = self.sent = 0
        self.took_over_at = self.last_at = 0.0
        self.stopped_because: str | None = None
        self.batches: list[tuple[float, int]] = []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ops.leash", module],  # it never outlives us
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def await_ready(self, patience: float = _PATIENCE_SECONDS) -> None:
        """Wait until it has its partitions."""
        _await([self], lambda: self.took_over_at > 0, patience)

    def await_handled(self, records: int) -> None:
        """Wait until it has committed so many."""
        _await([self], lambda: self.handled >= records)

    def kill(self) -> None:
        """Kill -9."""
        self._process.kill()
        self._process.wait()
        self._reader.join()

    def stop(self) -> None:
        """End it gently; one that does not end is killed."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        if self._process.stdin:
            self._process.stdin.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.stop()

    @property
    def is_over(self) -> bool:
        """Whether it has ended, or its loop has."""
        return self._process.poll() is not None or self.stopped_because is not None

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self.log.open("ab") as log:
            for line in self._process.stdout:
                log.write(line)
                self._hear(line)
        with _moved:
            _moved.notify_all()

    def _hear(self, line: bytes) -> None:
        try:
            said: dict[str, Any] = json.loads(line)
            heard = _HEARD.get(said["event"])
        except (ValueError, KeyError, TypeError):
            return  # not one of its lines: a warning of Python, a traceback
        if heard is not None:
            with _moved:
                heard(self, said, datetime.fromisoformat(said["timestamp"]).timestamp())
                _moved.notify_all()

    def _took_over(self, _said: Mapping[str, Any], at: float) -> None:
        if not self.batches:
            self.took_over_at = at

    def _batch(self, said: Mapping[str, Any], at: float) -> None:
        self.handled += said["records"]
        self.batches.append((at, said["records"]))
        self.last_at = max(at, self.last_at)

    def _sent(self, said: Mapping[str, Any], at: float) -> None:
        self.sent = said["records"]
        self.last_at = max(at, self.last_at)

    def _stopped(self, said: Mapping[str, Any], _at: float) -> None:
        self.stopped_because = said["because"]


_HEARD: Final = {
    "loop_stopped": Child._stopped,
    "took_over": Child._took_over,
    "batch": Child._batch,
    "sent": Child._sent,
}


def await_done(children: Sequence[Child], *, handled: int = 0, sent: int = 0) -> None:
    """Wait until they have committed, and Kafka acknowledged, so many between them."""
    _await(
        children,
        lambda: sum(child.handled for child in children) >= handled and sum(child.sent for child in children) >= sent,
    )


def _await(children: Sequence[Child], holds: Callable[[], bool], patience: float = _PATIENCE_SECONDS) -> None:
    """Wait as long as one of them makes progress."""
    with _moved:
        before, since = None, time.monotonic()
        while not holds():
            now = [(child.handled, child.sent, child.took_over_at) for child in children]
            if now != before:
                before, since = now, time.monotonic()
            if time.monotonic() - since > patience or any(child.is_over for child in children):
                because = next((child.stopped_because for child in children if child.stopped_because), "no progress")
                raise Died(f"{children[0].module}: {because} after {now}; its log: {children[0].log}")
            _moved.wait(1.0)


def say(event: str, **fields: Any) -> None:
    """A line of a raw worker, in the form of the services' log."""
    print(json.dumps({"event": event, "timestamp": datetime.now().astimezone().isoformat(), **fields}), flush=True)


def seconds(*children: Child) -> float:
    """From the first fetch to the last commit (or acknowledgement) of children that worked together."""
    return max(child.last_at for child in children) - min(child.took_over_at for child in children)


def until(holds: Callable[[], bool], patience: float = _PATIENCE_SECONDS, every: float = 0.05) -> None:
    """Wait for a condition that nobody announces."""
    deadline = time.monotonic() + patience
    while not holds():
        if time.monotonic() > deadline:
            raise Died("what was waited for did not come about")
        time.sleep(every)
