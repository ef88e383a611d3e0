"""Writes down what came of a walk: for machines, and as a table."""

import json
from collections.abc import Sequence
from pathlib import Path

from faults.fault import Row


def write(rows: Sequence[Row], folder: Path) -> None:
    """`faults.json` and `faults.md` in the folder."""
    folder.mkdir(exist_ok=True)
    plain = [
        {
            "fault": row.fault.name, "alert": row.fault.alert, "runbook": row.fault.page,
            "alert_seconds": row.alert_seconds, "board_seconds": row.board_seconds,
            "mended_seconds": row.mended_seconds, "screen": row.screen, "commands": row.commands, "wrong": row.wrong,
        }
        for row in rows
    ]  # fmt: skip
    (folder / "faults.json").write_text(json.dumps({"rows": plain}, indent=1) + "\n")
    (folder / "faults.md").write_text(table(rows))


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [
        "| fault | alert | runbook | alert after | board after | mended in | figures |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        times = " | ".join((_seconds(row.alert_seconds), _of_board(row), _seconds(row.mended_seconds)))
        right = "wrong" if row.wrong else "as undisturbed"
        lines.append(f"| {row.fault.title} | `{row.fault.alert}` | {row.fault.page} | {times} | {right} |")
    return "\n".join(lines) + "\n"


def told(row: Row) -> str:
    """A row as it is said once it is walked, with what one screen said."""
    head = f"{row.fault.title}: " + ("wrong" if row.wrong else "noticed, mended, verified")
    screen = [f"  board: {line}" for line in row.screen]
    return "\n".join([head, *screen, *(f"  wrong: {each}" for each in row.wrong)])


def _of_board(row: Row) -> str:
    return _seconds(row.board_seconds) if row.fault.is_on_board else "only Prometheus"


def _seconds(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.0f} s"
