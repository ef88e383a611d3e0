"""The running system that faults are planted in: parts, services, partners, Prometheus, an operator's shell."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from os import getpid
from pathlib import Path
from typing import Any, Final

from confluent_kafka import KafkaException
from pymongo import MongoClient
from recovery.groups import Groups
from recovery.lives import Lives
from recovery.nursery import SERVICES
from support.outsider import Outsider, Said

from faults import board, pages, parts, prometheus, receiver
from faults.board import Board
from faults.parts import Parts
from faults.prometheus import Prometheus
from faults.receiver import Receiver
from faults.waiting import NotInTime, until
from ops.demo.watch import Standing, Watch
from ops.partners import EVENTS, Registry
from servicekit.settings import ServiceSettings

SCHEME: Final = "bridgend"
PARTNERS: Final = ("acme", "hush")
_BIN: Final = Path(sys.executable).parent
_SESSION_TIMEOUT_MS: Final = "4000"
_COMMAND_SECONDS: Final = 90.0
SETTLE_SECONDS: Final = 180.0
_PARTS: Final = {"mongo": "mongod", "kafka": "kafka"}


@dataclass
class System:
    """Everything, running. `environment` is what `footing env` prints, on top of ours."""

    parts: Parts
    lives: Lives
    settings: ServiceSettings
    partners: Mapping[str, Outsider]
    client: MongoClient[dict[str, Any]]
    watch: Watch
    environment: Mapping[str, str]
    prometheus: Prometheus
    board: Board
    receiver: Receiver
    owed: list[Said] = field(default_factory=list)  # what a partner has still to say, once it has mended itself

    def footing(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """What an operator's command says, and how it ends."""
        return subprocess.run(
            [str(_BIN / "footing"), *words], env=dict(self.environment), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", timeout=_COMMAND_SECONDS, check=False,
        )  # fmt: skip

    def surely(self, *words: str) -> None:
        """The same, of a command that has to do it."""
        done = self.footing(*words)
        assert not done.returncode, done.stdout

    def start_anew(self, service: str, planted: str = "") -> None:
        """End a service and start it again: with a fault of `faults.planted` in it, or without."""
        if self.lives.members(service):
            broken = self.lives.environment_of(service).get("PLANTED")
            self.lives.end(service, number=signal.SIGKILL if broken else signal.SIGTERM)  # it may be stuck
        environment = {**self.lives.environment_of(service), "PLANTED": planted}
        self.lives.start(service, environment=environment)
        until(lambda: self.lives.is_ready(service), f"{service} is ready")

    def bring_back(self, name: str) -> None:
        """What `docker compose up --wait` does: start what is not there, let go on what is stopped."""
        part = {"mongo": self.parts.mongo, "kafka": self.parts.kafka}.get(name)
        if part is None:
            self.start_anew(name)
        elif part.process is not None and part.process.poll() is None:
            part.resume()
        else:
            part.start()

    def heal(self) -> None:
        """After a fault that was not mended: everything runs, and nothing is planted."""
        self.receiver.is_broken = False
        self.parts.mongo.filler.unlink(missing_ok=True)
        for part in ("mongo", "kafka"):
            self.bring_back(part)
        for service in SERVICES:
            for member in self.lives.members(service):
                self.lives.resume(self.lives.of(service, member))
            if self.lives.environment_of(service).get("PLANTED"):
                self.start_anew(service)

    def here(self) -> pages.Here:
        """What stands here for what pages speak of."""
        return pages.Here(self.environment, self._log_of, self._pids_of, self.bring_back, self.parts.mongo.disk)

    def settle(self) -> None:
        """Wait until nothing is in hand anywhere, nothing waits, nothing is parked."""

        seen = Standing()

        def rests() -> bool:
            nonlocal seen
            try:
                seen = self.watch.look()
            except KafkaException:
                return False  # the broker that was brought back leads nothing yet
            return seen.settled and not seen.waiting and not seen.parked

        until(self.lives.all_ready, "every service is ready", SETTLE_SECONDS)
        try:
            until(rests, "all that was said is counted", SETTLE_SECONDS)
        except NotInTime as late:
            raise NotInTime(f"{late}; {seen}") from None

    def figures(self) -> dict[tuple[Any, ...], tuple[int, ...]]:
        """Every figure of the scheme that may be added up, as analysts see it."""
        found = self.client["footing_outcomes"]["figures"].find({"scheme_id": SCHEME})
        where, counts = ("measure", "definition", "area", "synthetic"), ("k", "n", "u")
        return {tuple(row[n] for n in where): tuple(row[n] or 0 for n in counts) for row in found}

    def _log_of(self, name: str) -> Path:
        return self.lives.folder / f"{name}-0.log"

    def _pids_of(self, name: str) -> list[int]:
        """The processes of a part or service, of all where none is named; also of one that is gone."""
        processes = {part.name: part.process.pid for part in self.parts.stack.known.parts if part.process}
        pids = {short: processes[of] for short, of in _PARTS.items()}
        pids |= {life.service: life.pid for life in self.lives.all}
        return [pids[name]] if name else list(pids.values())


@contextmanager
def running() -> Iterator[System]:
    """The whole of it, until the block ends."""
    with ExitStack() as ends:
        here = ends.enter_context(parts.opened(f"faults-{getpid()}"))
        stack, folder = here.stack, here.stack.known.folder
        settings = ServiceSettings(kafka_url=stack.kafka_url, mongo_url=stack.mongo_url, http_port=0)
        registry, sends = Registry(settings), sorted(set(EVENTS) - {"fit-notes-counted"})
        tokens = {name: registry.add(name, schemes=[SCHEME], events=sends).token for name in PARTNERS}
        groups = Groups(stack.kafka_url)
        ends.callback(groups.close)
        told = ends.enter_context(receiver.running())
        lives = Lives(folder / "lives", _of_services(settings) | receiver.settings(told, folder / "told"), groups)
        ends.callback(lives.close)
        urls: dict[str, str] = {}
        for name in SERVICES:
            lives.start(name, environment=dict(urls))
            urls[f"{name.upper()}_URL"] = lives.url(name)
        until(lives.all_ready, "every service is ready")
        stack.record({"DASHBOARD_URL": urls["OUTCOMES_URL"], **urls})
        partners = {name: Outsider(stack.kafka_url, urls["DOOR_URL"], name, token) for name, token in tokens.items()}
        for outsider in partners.values():
            ends.callback(outsider.close)
        client: MongoClient[dict[str, Any]] = ends.enter_context(MongoClient(stack.mongo_url))
        scraped = {name: lives.url(name) for name in SERVICES}
        server = ends.enter_context(prometheus.running(folder / "prometheus", scraped))
        watch = ends.enter_context(Watch(settings))
        shell = _shell(stack.name) | {"MONITORING_DIR": str(folder / "prometheus")}  # the screen goes by the same rules
        shown = ends.enter_context(board.running(stack.name, shell, folder))
        yield System(here, lives, settings, partners, client, watch, shell, server, shown, told)


def _of_services(settings: ServiceSettings) -> dict[str, str]:
    return {
        "KAFKA_URL": settings.kafka_url,
        "MONGO_URL": settings.mongo_url,
        "LOG_FORMAT": "json",
        "SESSION_TIMEOUT_MS": _SESSION_TIMEOUT_MS,
        "LIVE_WITHOUT_SIGN_IN": "true",
        "RELEASES_EVERY_SECONDS": "2",
    }


def _shell(stack: str) -> dict[str, str]:
    """An operator's environment, as `footing env` gives it."""
    ours = {
        **os.environ,
        "PATH": f"{_BIN}{os.pathsep}{os.environ['PATH']}",
        "FOOTING_OPERATOR": "walk",
        "COLUMNS": "160",
    }
    said = subprocess.run(
        [str(_BIN / "footing"), "env", "--name", stack, "--json"], env=ours, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, encoding="utf-8", timeout=_COMMAND_SECONDS, check=True,
    )  # fmt: skip
    return {**ours, **json.loads(said.stdout)}
