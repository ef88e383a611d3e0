"""Runs rows, one after the other on the stage that each needs, and says what came of it."""

import shutil
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from os import getpid
from pathlib import Path
from random import Random
from typing import Final

from recovery.row import Injected, Row
from recovery.stage import stages
from recovery.world import World, made

LOGS: Final = Path("build/recovery-logs")  # what the services said in rows in which something was violated
TOGETHER: Final = Row("all", "what the rows left together", lambda *_: Injected(), 0, 0)


@dataclass(frozen=True)
class Result:
    """What came of one row."""

    row: Row
    injected: Injected
    violations: tuple[str, ...]
    seconds: float
    schedule: tuple[str, ...]


@contextmanager
def opened(stage: str, seed: int, record: Path | None = None) -> Iterator[World]:
    """A running system on this stage; `record` is a folder in which the services' first lives tell their I/O."""
    name, chance = f"recovery-{stage}-{getpid()}", Random(f"{seed}/load")
    with stages()[stage](name, getpid()) as parts, made(parts, chance, record) as world:
        yield world


def run_rows(rows: Sequence[Row], seed: int, times: Callable[[Row], int]) -> Iterator[Result]:
    """Each row by itself: run, settle, check."""
    for stage in sorted({row.stage for row in rows}):
        with opened(stage, seed) as world:
            for row in rows:
                if row.stage == stage:
                    yield run_row(world, row, seed, times(row))


def run_together(world: World, rows: Sequence[Row], seed: int, times: Callable[[Row], int]) -> list[Result]:
    """All rows, then settle and check once: quicker, and it says less about who is to blame."""
    results = [run_row(world, row, seed, times(row), check=False) for row in rows]
    begun = time.monotonic()
    found = tuple(_checked(world))
    if found:
        shutil.copytree(world.lives.folder, LOGS / TOGETHER.name, dirs_exist_ok=True)
    return [*results, Result(TOGETHER, Injected(), found, time.monotonic() - begun, tuple(world.schedule))]


def run_row(world: World, row: Row, seed: int, times: int, *, check: bool = True) -> Result:
    """One row on a running system, which it leaves on its feet, however it ends."""
    begun, noted = time.monotonic(), len(world.schedule)
    world.note(f"row {row.name}: seed {seed}, times {times}")
    injected = Injected()
    found: list[str] = []
    try:
        injected = row.run(world, Random(f"{seed}/{row.name}"), times)
        found += injected.violations
        if injected.number < times:
            found.append(f"of {times} faults only {injected.number} happened")
    except Exception as failed:
        found.append(f"{row.name} itself failed: {''.join(traceback.format_exception(failed))}")
        world.mend()
    if check:
        found += _checked(world)
    if found:
        shutil.copytree(world.lives.folder, LOGS / row.name, dirs_exist_ok=True)
    return Result(row, injected, tuple(found), time.monotonic() - begun, tuple(world.schedule[noted:]))


def _checked(world: World) -> list[str]:
    try:
        world.settle()
    except AssertionError as unsettled:
        return [str(unsettled), *world.violations()]
    return world.violations()
