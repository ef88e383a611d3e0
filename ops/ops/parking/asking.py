"""Asks something of parked records and waits for what comes of it; it is asked of all of them or of none."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.progress import Progress

from ops.audit import Entry
from ops.errors import Missing
from ops.parked import ASKED, ParkedRecords, Row
from ops.parking.outlook import Trials
from ops.parking.telling import words_of


def done(
    there: ParkedRecords, rows: list[Row], what: str, entry: Entry, *, why: str, wait: float
) -> list[tuple[Row, str]]:
    """Ask it of all at once, and wait for what comes of it, which `entry` says too.

    Interrupted, the services go on with what was asked.
    """
    told: list[tuple[Row, str]] = []
    _say_if_held(there, rows)
    entry.before = {"parked": len(rows)}
    asked = there.ask(rows, what, why or None)
    entry.after = {ASKED: len(asked)}
    if lacking := len(rows) - len(asked):
        typer.echo(f"Of {lacking:,} it is not asked: parked no more, or something else is asked of them.", err=True)
    with _shown(len(asked)) as progress:
        for answer in there.answers(asked, wait):
            told.append(answer)
            progress()
            entry.after = words_of(told)
    return told


def tried(there: ParkedRecords, rows: list[Row], what: str, wait: float) -> Trials:
    """Ask what would come of it, and wait for that. Raises `Missing` where somebody does not say it."""
    _say_if_held(there, rows)
    asked, at = there.try_out(rows, what)
    told: list[tuple[Row, dict[str, Any] | None]] = []
    with _shown(len(asked)) as progress:
        for answer in there.trials(asked, at, wait):
            told.append(answer)
            progress()
    if lacking := len(rows) - sum(trial is not None for _, trial in told):
        raise Missing(
            f"What would come of {lacking:,} nobody said: something is asked of them, or no service took it up.",
            "Is the service up, and its loop not paused? See: footing parked list --records",
        )
    return told


def _say_if_held(there: ParkedRecords, rows: Iterable[Row]) -> None:
    for loop in there.held(rows):
        typer.echo(f"{loop} is paused and does nothing that is asked: footing resume {loop}", err=True)


@contextmanager
def _shown(count: int) -> Iterator[Any]:
    """How far it is, on a terminal."""
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("answered", total=count)
        yield lambda: progress.advance(task)
