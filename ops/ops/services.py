"""Starts the services as child processes, as an operator would, and brings back what dies."""

import os
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx

from ops.errors import Missing
from ops.localstack import Stack, ports, processes

SERVICES: Final = ("referral", "case", "outcomes", "notify", "door")
BOARD: Final = "board"
"""The operators' board: started like a service, the last of all, for it is told where the others are."""

READY_SECONDS: Final = 90.0  # five interpreters start at once on a machine that may have two cores
_STOP_SECONDS: Final = 20.0  # a service ends the batch in hand and sends what was committed
_LOOK_EVERY_SECONDS: Final = 0.1
_SOON_SECONDS: Final = 5.0  # who dies sooner than this after a start is not started again at once
_PAUSE_SECONDS: Final = 1.0


class _Child:
    """One service's process, its port kept over restarts."""

    def __init__(self, name: str, log: Path, environment: Mapping[str, str]) -> None:
        self.name, self.log, self._environment = name, log, environment
        self.port = ports.take(None, None, f"the {name} service")
        self.url = f"http://{ports.HOST}:{self.port}"
        self.process = self._spawn()

    def start_again(self) -> None:
        """Start it anew after its process has ended."""
        self._let_go()
        self.process = self._spawn()

    def _spawn(self) -> "subprocess.Popen[bytes]":
        """Ctrl-C in the terminal does not reach the process, but it never outlives us: it holds our pipe."""
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "ops.leash", "ops.board" if self.name == BOARD else f"{self.name}_service"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self._environment, "HTTP_PORT": str(self.port)},
                start_new_session=True,
            )

    def is_ready(self, client: httpx.Client) -> bool:
        """Whether it says that every loop makes progress."""
        try:
            return client.get(f"{self.url}/health/ready").is_success
        except httpx.HTTPError:
            return False

    def end(self) -> None:
        """Wait for the process, which was told to stop; one that does not is killed."""
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._let_go()

    def _let_go(self) -> None:
        if self.process.stdin:
            self.process.stdin.close()


class Services:
    """The running services. As a context manager it stops them at the end, however the block ends."""

    def __init__(self, children: Mapping[str, _Child], *, supervised: bool, say: Callable[[str], None]) -> None:
        self._children, self._say = children, say
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._watchers: list[threading.Thread] = []
        if supervised:
            self._watchers = [
                threading.Thread(target=self._bring_back, args=(child,), daemon=True) for child in children.values()
            ]
            for watcher in self._watchers:
                watcher.start()

    @property
    def urls(self) -> dict[str, str]:
        """Address of each service by its name."""
        return {name: child.url for name, child in self._children.items()}

    @property
    def logs(self) -> dict[str, Path]:
        """Log file of each service by its name."""
        return {name: child.log for name, child in self._children.items()}

    def pid(self, name: str) -> int:
        """The process id of a service now."""
        return self._children[name].process.pid

    def kill(self, name: str) -> None:
        """Kill -9. Under supervision it comes back by itself, else by `restart`."""
        process = self._children[name].process
        process.kill()
        process.wait()

    def restart(self, name: str) -> None:
        """Start a service that ended (or end one that runs), and wait until it is ready."""
        child = self._children[name]
        with self._lock:
            if child.process.poll() is None:
                child.process.terminate()
                child.end()
            child.start_again()
        self.await_ready([name])

    def await_ready(self, names: Iterable[str] | None = None) -> None:
        """Wait until the services are ready. Raises `Missing` with the end of the log of one that is not."""
        waiting = [self._children[name] for name in names or self._children]
        deadline = time.monotonic() + READY_SECONDS
        with httpx.Client(timeout=2) as client:
            while waiting := [child for child in waiting if not child.is_ready(client)]:
                ended = next((child for child in waiting if child.process.poll() is not None), None)
                late = time.monotonic() > deadline
                if late or (ended and not self._watchers):
                    child = ended or waiting[0]
                    said = "ended while it started" if ended else f"was not ready within {READY_SECONDS:.0f} seconds"
                    hint = f"The end of {child.log}:\n{processes.last_lines(child.log)}"
                    raise Missing(f"The {child.name} service {said}.", hint)
                time.sleep(_LOOK_EVERY_SECONDS)

    def stop(self) -> None:
        """End all of them, gently; stopping twice is no error."""
        with self._lock:
            self._stopping.set()
            for child in self._children.values():
                child.process.terminate()
        for child in self._children.values():
            child.end()
        for watcher in self._watchers:
            watcher.join()

    def _bring_back(self, child: _Child) -> None:
        while not self._stopping.is_set():
            started = time.monotonic()
            process = child.process
            process.wait()
            if time.monotonic() - started < _SOON_SECONDS and self._stopping.wait(_PAUSE_SECONDS):
                return
            with self._lock:
                if not self._stopping.is_set() and child.process is process:
                    self._say(f"the {child.name} service ended ({process.returncode}); started again")
                    child.start_again()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.stop()


def _fhir_key(folder: Path) -> Path:
    """The key of person tokens, made once: persons are the same for as long as the data of the stack lives."""
    file = folder / "fhir.key"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(f"local {secrets.token_hex(32)}\n", encoding="ascii")
    return file


def start_services(
    stack: Stack,
    *,
    names: Iterable[str] = SERVICES,
    environment: Mapping[str, str] | None = None,
    supervised: bool = False,
    say: Callable[[str], None] = print,
) -> Services:
    """Start the services on a stack's Kafka and MongoDB and wait until they are ready, some seconds.

    Logs and what the demo's channel is told stand in the stack's folder. `environment` adds settings, for instance
    `DATABASE_PREFIX`. `supervised`: one that dies is started again.
    Raises `ops.errors.Missing` with the end of the log of a service that does not come up.
    """
    folder = stack.known.folder
    folder.mkdir(parents=True, exist_ok=True)
    settings = {
        "KAFKA_URL": stack.kafka_url,
        "MONGO_URL": stack.mongo_url,
        "LOG_FORMAT": "json",
        "NOTIFY_FOLDER": str(folder / "notify"),
        "FHIR_KEY_FILE": str(_fhir_key(folder)),
        "LIVE_WITHOUT_SIGN_IN": "true",  # everything listens on loopback
        **(environment or {}),
    }
    children: dict[str, _Child] = {}
    try:
        for name in names:
            children[name] = _Child(name, folder / f"{name}.log", settings)
            settings = {**settings, f"{name.upper()}_URL": children[name].url}  # for who asks it: the door comes last
    finally:
        services = Services(children, supervised=supervised, say=say)
    try:
        services.await_ready()
    except BaseException:
        services.stop()
        raise
    return services
