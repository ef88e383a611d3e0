"""Times what others are asked for: commands of MongoDB, batches sent to Kafka, answers over HTTP."""

import time
from collections.abc import Sequence
from typing import Final

from prometheus_client import Counter, Histogram
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from servicekit.metrics import Metrics
from servicekit.outgoing import Outgoing
from servicekit.ports import Sender

COMMANDS: Final = frozenset(
    {
        "find", "getMore", "aggregate", "distinct", "count", "insert", "update", "delete", "findAndModify",
        "commitTransaction", "abortTransaction", "killSessions", "dbStats", "hello",
    }
)  # fmt: skip
METHODS: Final = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
OTHER: Final = "other"
NOWHERE: Final = "none"


class MongoTimes(CommandListener):
    """Hears of each command that the driver sent, when it was answered."""

    def __init__(self, metrics: Metrics) -> None:
        self._seconds = metrics.mongo_commands
        self._of: dict[tuple[str, str], Histogram] = {}

    def started(self, event: CommandStartedEvent) -> None:
        """Nothing yet."""

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """It was answered."""
        self._observe(event.command_name, "ok", event.duration_micros)

    def failed(self, event: CommandFailedEvent) -> None:
        """It was not, or with an error."""
        self._observe(event.command_name, "error", event.duration_micros)

    def _observe(self, command: str, result: str, micros: int) -> None:
        of = self._of.get((command, result))
        if of is None:
            of = self._seconds.labels(command if command in COMMANDS else OTHER, result)
            self._of[command, result] = of
        of.observe(micros / 1e6)


class TimedSender:
    """A sender whose calls are timed."""

    def __init__(self, sender: Sender, metrics: Metrics) -> None:
        self._sender, self._metrics = sender, metrics

    async def send(self, records: Sequence[Outgoing]) -> None:
        """Send in order, and wait until Kafka has all of them."""
        with self._metrics.kafka_call("send"):
            await self._sender.send(records)

    async def close(self) -> None:
        """Let go of the connection."""
        await self._sender.close()


class TimedAnswers:
    """Around a whole application: what was answered on which route, and how soon it began."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics
        self._of: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}  # as many as there are series

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and count it. What is raised becomes a 500 outside of here."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        began, is_counted = time.perf_counter(), False

        def count(status: int) -> None:
            nonlocal is_counted
            is_counted = True
            route = getattr(scope.get("route"), "path", NOWHERE)
            method = scope["method"] if scope["method"] in METHODS else OTHER
            counter, seconds = self._of.get((route, method, status)) or self._series(route, method, status)
            counter.inc()
            seconds.observe(time.perf_counter() - began)

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                count(message["status"])
            await send(message)

        try:
            return await self._app(scope, receive, told)
        finally:
            if not is_counted:
                count(500)

    def _series(self, route: str, method: str, status: int) -> tuple[Counter, Histogram]:
        found = self._metrics.responses.labels(route, method, status), self._metrics.response_seconds.labels(route)
        self._of[route, method, status] = found
        return found
