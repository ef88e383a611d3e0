"""The end of a stack: of one that is asked to end, and of one whose owner has died."""

import shutil
from collections.abc import Callable

from ops.localstack import processes, state
from ops.localstack.state import State


def end(known: State) -> None:
    """End what was started for this stack, and nothing else; what was given from outside is left alone."""
    started = [part.process for part in known.parts if part.process]
    processes.end(started, at_once=known.ephemeral)
    containers = [part.container for part in known.parts if part.container]
    if containers:
        from ops.localstack import containers as docker_parts

        docker_parts.remove(containers)
        if known.ephemeral:
            docker_parts.wipe(known.name)
    if known.ephemeral:
        shutil.rmtree(known.folder, ignore_errors=True)
        state.lock_file(known.name).unlink(missing_ok=True)
    state.forget(known)
    if known.keeper:
        processes.end([known.keeper])


def orphaned(known: State) -> bool:
    """Say whether the process that asked for this stack has died."""
    return known.owner is not None and processes.find(known.owner) is None


def sweep(say: Callable[[str], None]) -> None:
    """End every stack whose owner has died, unless somebody is at work on it just now."""
    for name in state.names():
        with state.locked(name, wait=False) as held:
            known = state.read(name) if held else None
            if known and orphaned(known):
                say(f"the owner of stack {name} has died: ending what it left")
                end(known)
