"""Runs rows, one after the other on the stage that each needs, and says what came of it."""

import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from os import getpid
from random import Random

from recovery.row import Injected, Row
from recovery.stage import stages
from recovery.world import World, made


@dataclass(frozen=True)
class Result:
    """What came of one row."""

    row: Row
    injected: Injected
    violations: tuple[str, ...]
    seconds: float
    schedule: tuple[str, ...]


@contextmanager
def opened(stage: str, seed: int) -> Iterator[World]:
    """A running system on this stage."""
    with (
        stages()[stage](f"recovery-{stage}-{getpid()}", getpid()) as parts,
        made(parts, Random(f"{seed}/load")) as world,
    ):
        yield world


def run_rows(
    rows: Sequence[Row],
    seed: int,
    times: Callable[[Row], int],
    *,
    together: bool = False,
    say: Callable[[str], None],
) -> Iterator[Result]:
    """Each row by itself: run, settle, check. `together`: settle and check once for all rows of a stage, which is
    quicker and says less about who is to blame.
    """
    for stage in sorted({row.stage for row in rows}):
        of_stage = [row for row in rows if row.stage == stage]
        with opened(stage, seed) as world:
            say(f"stage {stage} is up")
            if together:
                yield from _together(world, of_stage, seed, times)
                continue
            for row in of_stage:
                result = _result(world, row, seed, times(row))
                yield result


def _together(world: World, rows: Sequence[Row], seed: int, times: Callable[[Row], int]) -> Iterable[Result]:
    results = [_result(world, row, seed, times(row), check=False) for row in rows]
    found = _checked(world)
    yield from results
    if found:
        yield Result(
            Row("all", "what all rows together left", lambda *_: Injected(), 0, 0),
            Injected(),
            tuple(found),
            0,
            tuple(world.schedule),
        )


def _result(world: World, row: Row, seed: int, times: int, *, check: bool = True) -> Result:
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
        found.append(f"the row itself failed: {''.join(traceback.format_exception(failed))}")
    if check:
        found += _checked(world)
    return Result(row, injected, tuple(found), time.monotonic() - begun, tuple(world.schedule[noted:]))


def _checked(world: World) -> list[str]:
    try:
        world.settle()
    except AssertionError as unsettled:
        return [str(unsettled), *world.violations()]
    return world.violations()
