"""`footing status`: which stacks there are, and how their parts do."""

import json
import os
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from ops import localstack
from ops.commands.options import AsJson
from ops.localstack import Stack
from ops.localstack.processes import resident_bytes
from ops.localstack.stack import is_up
from ops.localstack.state import Part


def status(as_json: AsJson = False) -> None:
    """Show every stack and its parts; end what a dead owner left behind.

    Exit code 1 if a part of a stack that should be up is not.

    Example: footing status --json
    """
    errors = Console(stderr=True)
    stacks = localstack.all_stacks(say=errors.print)
    rows = [_row(stack, part) for stack in stacks for part in stack.known.parts]
    if as_json:
        print(json.dumps({"stacks": [_summary(stack) for stack in stacks], "parts": rows}, indent=2))
    elif rows:
        Console().print(_table(rows))
    else:
        print("no stack is up; start one with: footing up")
    if not all(row["up"] for row in rows):
        raise typer.Exit(1)


def _summary(stack: Stack) -> dict[str, Any]:
    known = stack.known
    owner = known.owner.pid if known.owner else None
    return {"stack": known.name, "kind": known.kind, "why": known.why, "owner_pid": owner, "urls": known.urls}


def _row(stack: Stack, part: Part) -> dict[str, Any]:
    return {
        "stack": stack.name,
        "kind": stack.known.kind,
        "part": part.name,
        "up": is_up(part),
        "version": part.version,
        "port": part.port,
        "pid": part.process and part.process.pid,
        "memory_mb": resident_bytes(part.process) // 1_000_000 if part.process else None,
        "data": part.data and os.path.relpath(part.data),
    }


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table(box=None)
    for heading in rows[0]:
        table.add_column(heading.replace("_mb", ", MB"), overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    return table


def _cell(value: object) -> str:
    if value is None:
        return ""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
