"""What is known of a stack that was started: a small JSON file in the stack's folder."""

import json
import os
import uuid
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ops.errors import Missing
from ops.localstack.home import folder_of, held, home
from ops.localstack.processes import Identity

STATE_FILE = "stack.json"


@dataclass(frozen=True)
class Part:
    """Kafka or MongoDB of one stack. A part that was given from outside has neither process nor container."""

    name: str
    version: str
    url: str
    port: int | None = None
    process: Identity | None = None
    container: str | None = None
    data: str | None = None
    log: str | None = None


@dataclass(frozen=True)
class State:
    """One stack: where its parts come from and why, whose it is, and what runs."""

    name: str
    kind: str
    why: str
    # Tells this start of the stack from a later one of the same name, which must not be ended in its place.
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    ephemeral: bool = False
    owner: Identity | None = None
    keeper: Identity | None = None
    parts: tuple[Part, ...] = ()
    urls: dict[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Return the folder that holds everything of this stack."""
        return folder_of(self.name)

    def part(self, name: str) -> Part | None:
        """Return the part of this name, if it was started."""
        return next((part for part in self.parts if part.name == name), None)


def write(state: State) -> None:
    """Replace the state file in one step, so that no reader sees half of it."""
    state.folder.mkdir(parents=True, exist_ok=True)
    target = state.folder / STATE_FILE
    draft = target.with_suffix(f".{os.getpid()}.draft")
    draft.write_text(json.dumps(asdict(state), indent=2) + "\n")
    draft.replace(target)


def read(name: str) -> State | None:
    """Return what is known of a stack, or None if it is not up."""
    path = folder_of(name) / STATE_FILE
    try:
        return _decode(json.loads(path.read_text()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError):
        raise Missing(
            f"The state file {path} cannot be read.", "End the stack's processes by hand and delete its folder."
        ) from None


def same(known: State) -> State | None:
    """Return what is known now of this very start of a stack; None if it has ended, or was started anew since."""
    now = read(known.name)
    return now if now and now.id == known.id else None


def forget(state: State) -> None:
    """Delete the state file: nothing of the stack runs any more."""
    (state.folder / STATE_FILE).unlink(missing_ok=True)


def names() -> list[str]:
    """Return the names of all stacks that have a state file."""
    return sorted(path.parent.name for path in home().glob(f"*/{STATE_FILE}"))


def locked(name: str, *, wait: bool = True) -> AbstractContextManager[bool]:
    """Hold a stack against other starts and ends; gives False if it is held by another and `wait` is off."""
    return held(lock_file(name), wait=wait)


def lock_file(name: str) -> Path:
    """Return the file by which a stack is held; beside its folder, so that the folder can be deleted meanwhile."""
    return folder_of(name).with_name(f".{name}.lock")


def _decode(raw: dict[str, Any]) -> State:
    return State(
        **{
            **raw,
            "owner": _identity(raw["owner"]),
            "keeper": _identity(raw["keeper"]),
            "parts": tuple(Part(**{**part, "process": _identity(part["process"])}) for part in raw["parts"]),
        }
    )


def _identity(raw: dict[str, Any] | None) -> Identity | None:
    return Identity(**raw) if raw else None
