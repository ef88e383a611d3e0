"""Child processes that can be found again, and are never mistaken for another with the same id."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from ops.errors import Missing

# Start times are read with the precision of a clock tick and of the boot time; a recycled id starts far later.
SAME_START_SECONDS = 1.0
# A broker that is asked to end writes its state within a second or two; a hung one must not hold up the rest.
GRACE_SECONDS = 20.0
# A broker answers after 1.5 to 5 seconds; a machine busy with other work may take ten times that.
READY_SECONDS = 90.0
LOOK_EVERY_SECONDS = 0.03


@dataclass(frozen=True)
class Identity:
    """A process: its id and when it started (seconds since 1970), which together are never used twice."""

    pid: int
    started: float


def identity_of(pid: int) -> Identity | None:
    """Return who has this process id now, or None if nobody has."""
    try:
        return Identity(pid, psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return None


def find(identity: Identity) -> psutil.Process | None:
    """Return the living process of this identity, or None: ended, or its id belongs to another by now."""
    try:
        process = psutil.Process(identity.pid)
        same = abs(process.create_time() - identity.started) < SAME_START_SECONDS
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


def spawn(command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Start a child that a Ctrl-C in the terminal does not reach; what it prints is added to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )


def await_ready(what: str, child: subprocess.Popen[bytes], log: Path, ready: Callable[[], bool]) -> None:
    """Wait until `ready` says so; raise `Missing` with the end of the log if the child ends before, or is too slow."""
    deadline = time.monotonic() + READY_SECONDS
    while not ready():
        late = time.monotonic() > deadline
        if late or child.poll() is not None:
            said = f"did not answer within {READY_SECONDS:.0f} seconds" if late else "ended while it started"
            raise Missing(f"{what} {said}.", f"The end of {log}:\n{last_lines(log)}")
        time.sleep(LOOK_EVERY_SECONDS)


def end(identities: Iterable[Identity], *, at_once: bool = False) -> None:
    """End these processes, gently unless `at_once`, and wait until they are gone."""
    living = [process for identity in identities if (process := find(identity))]
    _signal(living, signal.SIGKILL if at_once else signal.SIGTERM)
    _, stubborn = psutil.wait_procs(living, timeout=GRACE_SECONDS)
    _signal(stubborn, signal.SIGKILL)
    psutil.wait_procs(stubborn, timeout=GRACE_SECONDS)


def _signal(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            continue


def resident_bytes(identity: Identity) -> int:
    """Return the memory that a process holds; 0 if it has ended."""
    process = find(identity)
    return int(process.memory_info().rss) if process else 0


def last_lines(log: Path, count: int = 12) -> str:
    """Return the end of a log file, for a message about a start that failed."""
    if not log.is_file():
        return "(it wrote no log)"
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:]) or "(its log is empty)"
