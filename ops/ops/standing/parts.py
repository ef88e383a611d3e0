"""Kafka and MongoDB of every stack, and those that the environment names: up, version, memory, room for data."""

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from ops.localstack import Stack, kafka, replica_set
from ops.localstack.processes import resident_bytes
from ops.localstack.stack import is_up
from ops.localstack.state import Part
from ops.standing.asking import Installation

_MB: Final = 1_000_000
_BLOCK_BYTES: Final = 512  # what `st_blocks` counts: files of Kafka's are laid out larger than they are


def parts_of(stacks: Iterable[Stack], asked: Iterable[Installation]) -> list[dict[str, Any]]:
    """A row for each part."""
    shown = list(stacks)
    rows = [_row(stack.name, stack.known.kind, part) for stack in shown for part in stack.known.parts]
    for one in asked:
        if one.settings is not None and one.name not in {stack.name for stack in shown}:
            up = {
                "kafka": kafka.answers(one.settings.kafka_url),
                "mongod": replica_set.answers(one.settings.mongo_url),
            }
            rows += given(one.name, up)
    return rows


def given(name: str, up: Mapping[str, bool]) -> list[dict[str, Any]]:
    """Parts that run elsewhere: whether they answer is all that is known of them here."""
    return [_row(name, "given", Part(part, "given", "")) | {"up": answers} for part, answers in up.items()]


def _row(stack: str, kind: str, part: Part) -> dict[str, Any]:
    folder = Path(part.data) if part.data else None
    is_there = folder is not None and folder.is_dir()
    return {
        "stack": stack,
        "kind": kind,
        "part": part.name,
        "up": is_up(part),
        "version": part.version,
        "port": part.port,
        "pid": part.process and part.process.pid,
        "memory_mb": resident_bytes(part.process) // _MB if part.process else None,
        "data": part.data and os.path.relpath(part.data),
        "data_mb": used_bytes(folder) // _MB if folder and is_there else None,
        "free_mb": shutil.disk_usage(folder).free // _MB if folder and is_there else None,
    }


def used_bytes(folder: Path) -> int:
    """What the files of a folder take of the disk; a file that goes meanwhile is none."""
    total = 0
    for file in folder.rglob("*"):
        try:
            total += file.lstat().st_blocks * _BLOCK_BYTES
        except FileNotFoundError:
            continue
    return total
