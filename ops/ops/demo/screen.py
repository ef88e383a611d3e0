"""What the demo shows: live on a terminal, plain lines elsewhere."""

import time
from collections.abc import Iterable
from types import TracebackType
from typing import Final, Self

from rich.box import SIMPLE
from rich.console import Console
from rich.live import Live
from rich.table import Table

from ops.demo.figures import CameOut
from ops.demo.watch import Standing

_PLAIN_EVERY_SECONDS: Final = 2.0
_PLAIN_WIDTH: Final = 150  # of a log file


class Screen:
    """Shows how far things are. Everything said is stamped with the seconds since the start."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)
        if not self._console.is_terminal:
            self._console.width = _PLAIN_WIDTH
        self._began = time.monotonic()
        self._live: Live | None = None
        self._said_at = 0.0
        self._last = ""

    def say(self, line: str) -> None:
        """One line that stays."""
        self._console.print(f"[dim]{time.monotonic() - self._began:6.1f} s[/dim]  {line}")

    def progress(self, sent: int, saying: str, standing: Standing) -> None:
        """How far things are now."""
        if self._console.is_terminal:
            self._show(_progress(sent, saying, standing))
            return
        line = (
            f"sent {sent:,}, heard {standing.heard:,}: {standing.accepted:,} accepted, {standing.refused:,} refused, "
            f"{standing.duplicates:,} duplicate, {standing.waiting:,} waiting, {standing.parked:,} unreadable; "
            f"counted {standing.projected:,}, behind {standing.behind:,}"
        )
        now = time.monotonic()
        if line != self._last and now - self._said_at >= _PLAIN_EVERY_SECONDS:
            self.say(line)
            self._last, self._said_at = line, now

    def quiet(self) -> None:
        """End the live part."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def table(self, figures: Iterable[CameOut]) -> None:
        """The acceptance figures."""
        table = Table(box=SIMPLE, title="What was published, and what came out of the events", title_justify="left")
        table.add_column("figure")
        for name in ("scheme", "published", "came out"):
            table.add_column(name, no_wrap=True)
        for name in ("k", "n", "events"):
            table.add_column(name, justify="right", no_wrap=True)
        table.add_column("")
        for figure in figures:
            wanted = figure.expected
            numbers = ["-" if value is None else f"{value:,}" for value in (figure.k, figure.n, figure.events)]
            mark = "[green]right[/green]" if figure.is_right else "[red]WRONG[/red]"
            table.add_row(wanted.what, wanted.scheme, wanted.published, figure.reads, *numbers, mark)
        self._console.print(table, soft_wrap=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.quiet()

    def _show(self, table: Table) -> None:
        if self._live is None:
            self._live = Live(console=self._console, transient=True, auto_refresh=False)
            self._live.start()
        self._live.update(table, refresh=True)


def _progress(sent: int, saying: str, standing: Standing) -> Table:
    table = Table(box=SIMPLE, title=f"Saying: {saying}" if saying else "All is said", title_justify="left")
    values = {
        "sent": sent,
        "heard": standing.heard,
        "accepted": standing.accepted,
        "refused": standing.refused,
        "duplicate": standing.duplicates,
        "waiting": standing.waiting,
        "unreadable": standing.parked,
        "counted": standing.projected,
        "behind": standing.behind,
    }
    for name in values:
        table.add_column(name, justify="right")
    table.add_row(*(f"{value:,}" for value in values.values()))
    return table
