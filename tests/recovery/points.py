"""Every I/O of a service by name, seen from below: MongoDB's commands and Kafka's requests, as the drivers send them.

No service code is touched or named here, so no I/O can be forgotten: whatever a process asks of MongoDB or Kafka goes
through pymongo's command monitoring or aiokafka's connection. What it writes elsewhere (a notification) is wrapped.
"""

import functools
import importlib
import os
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from aiokafka.conn import AIOKafkaConnection
from pymongo import monitoring

BEFORE: Final = "before"
AFTER: Final = "after"
_ELSEWHERE: Final = {"notify": (("channel send", "notify_service.channels.file", "FileChannel", "send"),)}

Watcher = Callable[[str, str], None]


def watch(service: str, seen: Watcher) -> None:
    """From now on `seen(name, BEFORE | AFTER)` is called at every I/O of this process; before any client is made."""
    monitoring.register(_Commands(seen))
    _watch_kafka(seen)
    for name, module, kind, method in _ELSEWHERE.get(service, ()):
        _wrap(getattr(importlib.import_module(module), kind), method, name, seen)


def plan(at: str, when: str, nth: int, number: int = signal.SIGKILL) -> Watcher:
    """Sends this process a signal at one I/O: the `nth` time that it comes to it."""
    left = Counter({(at, when): nth})

    def seen(name: str, now: str) -> None:
        if (name, now) in left:
            left[name, now] -= 1
            if not left[name, now]:
                os.kill(os.getpid(), number)

    return seen


def record(path: Path) -> Watcher:
    """Writes each I/O down, once, as soon as it is met: a process that dies has told where it was."""
    known: set[str] = set()

    def seen(name: str, when: str) -> None:
        if when == BEFORE and name not in known:
            known.add(name)
            with path.open("a") as file:
                file.write(f"{name}\n")

    return seen


class _Commands(monitoring.CommandListener):
    """Every command to MongoDB: `mongo <command> <collection>`."""

    def __init__(self, seen: Watcher) -> None:
        self._seen = seen
        self._names: dict[int, str] = {}

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        asked = event.command.get("collection", event.command[event.command_name])
        of = f" {asked.split('_')[0]}" if isinstance(asked, str) else ""  # journeys_v1 is journeys
        name = self._names[event.request_id] = f"mongo {event.command_name}{of}"
        self._seen(name, BEFORE)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        self._seen(self._names.pop(event.request_id), AFTER)

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        self._seen(self._names.pop(event.request_id), AFTER)


def _watch_kafka(seen: Watcher) -> None:
    """Every request to Kafka: `kafka <request>`. `after` is when the answer is there and nobody has seen it."""
    sends = AIOKafkaConnection.send

    async def answered(name: str, answer: Any) -> Any:
        try:
            return await answer
        finally:
            seen(name, AFTER)

    def send(self: Any, request: Any, expect_response: bool = True) -> Any:
        name = f"kafka {type(request).__name__.removesuffix('Request')}"
        seen(name, BEFORE)
        return answered(name, sends(self, request, expect_response))

    AIOKafkaConnection.send = send


def _wrap(kind: Any, method: str, name: str, seen: Watcher) -> None:
    does = getattr(kind, method)

    @functools.wraps(does)
    async def watched(*args: Any, **kwargs: Any) -> Any:
        seen(name, BEFORE)
        done = await does(*args, **kwargs)
        seen(name, AFTER)
        return done

    setattr(kind, method, watched)
