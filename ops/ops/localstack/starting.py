"""A stack on its way up."""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ops.localstack import processes, state
from ops.localstack.state import Part, State


@dataclass(frozen=True)
class Wishes:
    """What a caller may ask of the parts beyond their defaults."""

    kafka_port: int | None = None
    mongo_port: int | None = None
    kafka_settings: Mapping[str, str] = field(default_factory=dict)
    mongod_arguments: Sequence[str] = ()


@dataclass
class Starting:
    """What is known of a stack so far, and the children that must not be left behind.

    Whatever is added is written to the state file at once: if we die the next moment, it is found there.
    """

    known: State
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def add(self, part: Part, child: subprocess.Popen[bytes] | None = None) -> None:
        """Remember a part, and the child process that it is."""
        if child:
            self.children.append(child)
            part = replace(part, process=processes.identity_of(child.pid))
        self._write(replace(self.known, parts=(*self.known.parts, part)))

    def drop(self, name: str) -> None:
        """End a part that is not needed any more, and forget it."""
        gone = [part for part in self.known.parts if part.name == name]
        processes.end(part.process for part in gone if part.process)
        self._write(replace(self.known, parts=tuple(part for part in self.known.parts if part not in gone)))

    def keep_with(self, keeper: subprocess.Popen[bytes]) -> None:
        """Remember the process that ends the stack when its owner dies."""
        self.children.append(keeper)
        self._write(replace(self.known, keeper=processes.identity_of(keeper.pid)))

    def abandon(self) -> None:
        """Leave no child behind."""
        for child in self.children:
            child.kill()
            child.wait()

    def _write(self, known: State) -> None:
        self.known = known
        state.write(known)
