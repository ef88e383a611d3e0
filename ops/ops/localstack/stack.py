"""One stack of real Kafka and MongoDB: start it, find it, stop it."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self

from ops.errors import Missing
from ops.localstack import ending, local, processes, state
from ops.localstack.choice import Choice, choose
from ops.localstack.home import folder_of, home
from ops.localstack.starting import Starting, Wishes
from ops.localstack.state import Part, State

Make = Callable[[Starting, Wishes, Callable[[str], None]], None]


@dataclass
class Stack:
    """A stack that is up. As a context manager it stops at the end, however the block ends."""

    known: State
    children: list[subprocess.Popen[bytes]] = field(default_factory=list, repr=False)

    @property
    def name(self) -> str:
        """Return the name under which `footing status` shows it."""
        return self.known.name

    @property
    def kafka_url(self) -> str:
        """Return `host:port[,host:port]` of Kafka."""
        return self._url("kafka")

    @property
    def mongo_url(self) -> str:
        """Return the connection string of MongoDB, a replica set."""
        return self._url("mongod")

    def record(self, urls: Mapping[str, str]) -> None:
        """Add addresses of services, by the name of their export (`DOOR_URL`, `DASHBOARD_URL`), for `footing env`."""
        with state.locked(self.name):
            if now := state.same(self.known):
                self.known = replace(now, urls={**now.urls, **urls})
                state.write(self.known)

    def started_again(self, name: str, child: "subprocess.Popen[bytes]") -> None:
        """Take note that a part that had died runs again as this child, so that it ends with the stack."""
        with state.locked(self.name):
            parts = tuple(
                replace(part, process=processes.identity_of(child.pid)) if part.name == name else part
                for part in self.known.parts
            )
            self.known = replace(self.known, parts=parts)
            state.write(self.known)
        self.children.append(child)

    def stop(self) -> None:
        """End what was started for this stack; an ephemeral stack's data goes too. Stopping twice is no error."""
        with state.locked(self.name):
            if now := state.same(self.known):
                ending.end(now)
        for child in self.children:
            child.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.stop()

    def _url(self, name: str) -> str:
        part = self.known.part(name)
        if part is None:
            raise Missing(
                f"Stack {self.name} has no {name}.", f"Run `footing down --name {self.name}` and start it anew."
            )
        return part.url


def start(
    name: str,
    *,
    owner_pid: int | None = None,
    ephemeral: bool = False,
    say: Callable[[str], None] = print,
    kafka_port: int | None = None,
    mongo_port: int | None = None,
    kafka_settings: Mapping[str, str] | None = None,
    mongod_arguments: Sequence[str] = (),
    make: Make | None = None,
) -> Stack:
    """Start a stack and wait until Kafka and MongoDB answer; blocks for 2 to 10 seconds, longer the first time.

    `owner_pid`: the stack ends when this process ends, however it ends; None: it lives until `footing down`.
    `ephemeral`: a fresh data folder, deleted at the end. `say` hears one line for each step.
    `kafka_settings` (broker properties) and `mongod_arguments` are added to the local parts, for tests of faults.
    `make` starts other child processes than one broker and one node; it adds each as a part.
    A stack of this name and owner that is up already is returned as it is.
    Raises `ops.errors.Missing` when something it needs is not there, a port is taken, or the name is in use.
    """
    ending.sweep(say)
    with state.locked(name):
        owner = _owner(owner_pid)
        if known := state.read(name):
            if known.owner != owner and not ending.orphaned(known):
                raise _in_use(known)
            if known.kind != "given" and is_whole(known):
                say(f"stack {name} is up already")
                return Stack(known)
            say(f"stack {name} was not ended: ending what is left of it")
            ending.end(known)
        choice = Choice("local", "a test makes them") if make else choose()
        say(f"Kafka and MongoDB: {choice.kind}, because {choice.why}")
        starting = Starting(State(name, choice.kind, choice.why, ephemeral=ephemeral, owner=owner))
        wishes = Wishes(kafka_port, mongo_port, kafka_settings or {}, mongod_arguments)
        try:
            _begin(starting, wishes, say, make or local.start)
        except BaseException:
            ending.end(starting.known)
            starting.abandon()
            raise
        return Stack(starting.known, starting.children)


def find(name: str) -> Stack | None:
    """Return the stack of this name if it was started, whole or not, else None. It changes nothing."""
    known = state.read(name)
    return Stack(known) if known else None


def all_stacks(say: Callable[[str], None] = print) -> list[Stack]:
    """Return every stack that was started, after ending those whose owner has died."""
    ending.sweep(say)
    return [stack for name in state.names() if (stack := find(name))]


def wipe(name: str) -> None:
    """Delete the data of a stack that is not up."""
    from ops.localstack import containers

    containers.wipe(name)
    shutil.rmtree(folder_of(name), ignore_errors=True)


def is_whole(known: State) -> bool:
    """Say whether both parts run."""
    return all((part := known.part(name)) and is_up(part) for name in ("kafka", "mongod"))


def is_up(part: Part) -> bool:
    """Say whether this part runs; of a part given from outside only that somebody gave it is known."""
    if part.container:
        from ops.localstack import containers

        return containers.runs(part.container)
    return processes.find(part.process) is not None if part.process else True


def _begin(starting: Starting, wishes: Wishes, say: Callable[[str], None], make: Make) -> None:
    if starting.known.ephemeral:
        shutil.rmtree(starting.known.folder, ignore_errors=True)
    state.write(starting.known)
    if starting.known.owner:
        _set_keeper(starting)
    if starting.known.kind == "local":
        make(starting, wishes, say)
    elif starting.known.kind == "docker":
        from ops.localstack import containers

        containers.start(starting, wishes, say)
    else:
        from ops.localstack import given

        given.start(starting)
    say(f"Kafka answers at {Stack(starting.known).kafka_url}, MongoDB at {Stack(starting.known).mongo_url}")


def _set_keeper(starting: Starting) -> None:
    command = [sys.executable, "-m", "ops.localstack.keeper", starting.known.name]
    starting.keep_with(processes.spawn(command, home() / ".keeper.log", {"FOOTING_HOME": str(home())}))


def _owner(pid: int | None) -> processes.Identity | None:
    if pid is None:
        return None
    owner = processes.identity_of(pid)
    if owner is None:
        raise Missing(f"There is no process {pid} to own the stack.", "Give the id of a process that runs.")
    return owner


def _in_use(known: State) -> Missing:
    whose = f"belongs to process {known.owner.pid}" if known.owner else "was started by `footing up`"
    return Missing(
        f"Stack {known.name} is up and {whose}.",
        f"Choose another name, or end it with `footing down --name {known.name}`.",
    )
