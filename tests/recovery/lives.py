"""The services as real processes, each life forked from the nursery; one that dies unasked is started again at once."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from ops.localstack import ports
from recovery.groups import Groups
from recovery.nursery import SERVICES

At = tuple[str, str, int, int]  # I/O, before or after it, the how-manyth time, which signal
_ANSWER_SECONDS: Final = 90.0
_PAUSE_SECONDS: Final = 0.5


class DiedOtherwise(Exception):  # noqa: N818
    """A process that was to die of a signal ended by itself: the fault did not happen."""


@dataclass
class Life:
    """One process: from its fork to its end. `code` is negative for a signal, None while it lives."""

    service: str
    member: int
    environment: Mapping[str, str] = field(default_factory=dict)
    at: At | None = None  # where it is to send itself a signal
    is_asked_to_end: bool = False
    pid: int = 0
    code: int | None = None
    born: float = field(default_factory=time.monotonic)


class Lives:
    """Up to some members of each service. Member 0 of each is there from the start."""

    def __init__(self, folder: Path, environment: Mapping[str, str], groups: Groups) -> None:
        self.folder, self._environment, self._groups = folder, environment, groups
        folder.mkdir(parents=True, exist_ok=True)
        self._ports: dict[tuple[str, int], int] = {}
        self._now: dict[tuple[str, int], Life] = {}  # those that are wanted
        self._by_pid: dict[int, Life] = {}
        self.all: list[Life] = []
        self.ended_by_themselves: list[str] = []
        self._plans: dict[tuple[str, int], Iterator[At]] = {}
        self._change = threading.Condition()
        self._closing = False
        self._http = httpx.Client(timeout=2)
        self._nursery = subprocess.Popen(
            [sys.executable, "-m", "recovery.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)},
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    # -- life and death -------------------------------------------------------------------------------------

    def start(self, service: str, member: int = 0, *, at: At | None = None, record: Path | None = None,
              environment: Mapping[str, str] | None = None) -> Life:  # fmt: skip
        """Start a member that is not there; `at` lets it send itself a signal at one I/O, in this life only."""
        with self._change:
            life = self._now[service, member] = Life(service, member, environment or {}, at)
            self._order(life, record)
            self._until(lambda: life.pid, f"{service} is forked")
        return life

    def kill(self, service: str, member: int = 0) -> Life:
        """Kill -9, see it dead of that, and let it come back at once. Gives the life that ended."""
        life = self._forked(service, member)
        os.kill(life.pid, signal.SIGKILL)
        self.await_death(life, signal.SIGKILL)
        return life

    def plan(self, service: str, plans: Iterator[At]) -> None:
        """Each life of this service that is brought back takes the next of these, until they are used up."""
        self._plans[service, 0] = plans

    def await_death(self, life: Life, number: int, seconds: float = _ANSWER_SECONDS) -> None:
        """Wait until the life has ended by this signal. Raises `DiedOtherwise`."""
        with self._change:
            self._until(lambda: life.code is not None, f"{life.service} has ended", seconds)
        if life.code != -number:
            raise DiedOtherwise(f"{life.service} ended with {life.code}, not by signal {number}")

    def end(self, service: str, member: int = 0, number: int = signal.SIGTERM) -> Life:
        """End a member for good (SIGTERM: gently), and see that it ended by itself or by the signal."""
        self._forked(service, member)
        with self._change:
            life = self._now.pop((service, member))
        os.kill(life.pid, number)
        with self._change:
            self._until(lambda: life.code is not None, f"{service} has ended")
        if life.code not in (0, -number):
            raise DiedOtherwise(f"{service} ended with {life.code}")
        return life

    def ask_to_end(self, life: Life) -> None:
        """SIGTERM, without waiting; whatever it ends of, it is brought back."""
        life.is_asked_to_end = True
        os.kill(life.pid, signal.SIGTERM)

    def pause(self, service: str, member: int = 0) -> Life:
        """SIGSTOP; returns once the kernel says that it is stopped."""
        life = self._forked(service, member)
        os.kill(life.pid, signal.SIGSTOP)
        while not self.is_paused(life):
            time.sleep(0.002)
        return life

    def is_paused(self, life: Life) -> bool:
        """Whether the process is stopped by a signal."""
        try:
            return Path(f"/proc/{life.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T"
        except FileNotFoundError:
            return False

    def resume(self, life: Life) -> None:
        """SIGCONT."""
        os.kill(life.pid, signal.SIGCONT)

    # -- looking --------------------------------------------------------------------------------------------

    def of(self, service: str, member: int = 0) -> Life:
        """The life of a member now; where the last one has ended, the next."""
        with self._change:
            self._until(lambda: self._now[service, member].code is None, f"{service} is begun again")
            return self._now[service, member]

    def environment_of(self, service: str, member: int = 0) -> Mapping[str, str]:
        """What was added to the environment of the last life of a member, whether it lives or not."""
        lives = [life for life in self.all if (life.service, life.member) == (service, member)]
        return lives[-1].environment

    def members(self, service: str) -> list[int]:
        """The members of a service that are wanted now."""
        return sorted(member for name, member in self._now if name == service)

    def url(self, service: str, member: int = 0) -> str:
        """Where it serves HTTP now."""
        return f"http://{ports.HOST}:{self._ports[service, member]}"

    def is_ready(self, service: str, member: int = 0) -> bool:
        """Whether it says that every loop makes progress."""
        try:
            return self._http.get(f"{self.url(service, member)}/health/ready").is_success
        except httpx.HTTPError:
            return False

    def all_ready(self, services: Sequence[str] = SERVICES) -> bool:
        """Whether every member of these is ready."""
        return all(self.is_ready(name, member) for name, member in list(self._now) if name in services)

    @property
    def logs(self) -> list[Path]:
        """What they said."""
        return sorted(self.folder.glob("*.log"))

    def close(self) -> None:
        """End everything."""
        self._closing = True
        if self._nursery.stdin:
            self._nursery.stdin.close()
        self._nursery.wait(_ANSWER_SECONDS)
        self._reader.join(_ANSWER_SECONDS)
        if self._nursery.stdout:
            self._nursery.stdout.close()
        self._http.close()

    def _forked(self, service: str, member: int) -> Life:
        life = self.of(service, member)
        with self._change:
            self._until(lambda: life.pid, f"{service} is forked")
        return life

    # -- the nursery ----------------------------------------------------------------------------------------

    def _order(self, life: Life, record: Path | None = None) -> None:
        member = life.service, life.member
        self._ports[member] = ports.take(None, self._ports.get(member), life.service)  # the same, if nobody took it
        order = {
            "key": len(self.all),
            "service": life.service,
            "environment": {**self._environment, **life.environment, "HTTP_PORT": str(self._ports[member])},
            "log": str(self.folder / f"{life.service}-{life.member}.log"),
            "at": life.at,
            "record": str(record) if record else None,
        }
        self.all.append(life)
        assert self._nursery.stdin is not None
        self._nursery.stdin.write(json.dumps(order).encode() + b"\n")
        self._nursery.stdin.flush()

    def _read(self) -> None:
        assert self._nursery.stdout is not None
        for line in self._nursery.stdout:
            self._heard(json.loads(line))

    def _heard(self, said: dict[str, Any]) -> None:
        with self._change:
            if "started" in said:
                life = self.all[said["started"]]
                life.pid = said["pid"]
                self._by_pid[life.pid] = life
            elif "ended" in said:
                life = self._by_pid[said["ended"]]
                life.code = said["code"]
                if self._now.get((life.service, life.member)) is life and not self._closing:
                    threading.Thread(target=self._bring_back, args=(life,), daemon=True).start()
            self._change.notify_all()

    def _bring_back(self, life: Life) -> None:
        """Start it again in the same way; one that ended by itself is not rushed, and is told of.

        Where it was the only member its group is told, so that the next life need not wait for the end of a session.
        """
        if life.code is not None and life.code >= 0 and not life.is_asked_to_end:
            self.ended_by_themselves.append(f"{life.service} ended by itself with {life.code}")
            time.sleep(_PAUSE_SECONDS)
        if self.members(life.service) == [life.member]:
            self._groups.let_go(life.service)
        with self._change:
            if self._now.get((life.service, life.member)) is life and not self._closing:
                again = Life(life.service, life.member, life.environment)
                again.at = next(self._plans.get((life.service, life.member), iter(())), None)
                self._now[life.service, life.member] = again
                self._order(again)
                self._change.notify_all()

    def _until(self, holds: Any, what: str, seconds: float = _ANSWER_SECONDS) -> None:
        if not self._change.wait_for(holds, seconds):
            raise TimeoutError(f"within {seconds:.0f} s not: {what}")
