"""The table: on the terminal, in Markdown and in JSON."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.outcome import Result


def show(results: Sequence[Result]) -> None:
    """Show it on the terminal."""
    table = Table("work", "must reach", "reached", "CPU seconds", "peak MB")
    for result in results:
        table.add_row(*_cells(result))
    Console().print(table)


def write(results: Sequence[Result], folder: Path, machine: Mapping[str, str]) -> None:
    """Write `bench.json` and `bench.md`; what other works reached before stays."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "bench.json"
    known = json.loads(target.read_text())["results"] if target.exists() else []
    new = {result.work: {**result.as_json(), **machine} for result in results}
    kept = [new.pop(entry["work"], entry) for entry in known]
    merged = [*kept, *new.values()]
    target.write_text(json.dumps({"results": merged}, indent=2) + "\n")
    (folder / "bench.md").write_text(markdown(merged))


def markdown(entries: Sequence[Mapping[str, Any]]) -> str:
    """The table of results as they stand in `bench.json`."""
    rows = ["| work | must reach | reached | events | CPU seconds | peak MB |", "|---|---|---|---|---|---|"]
    for entry in entries:
        used = [_in_words(entry.get("cpu_seconds")), _in_words(entry.get("peak_mb"))]
        rows.append(
            "| "
            + " | ".join([f"`{entry['work']}`", str(entry["must"]), str(entry["reached"]), entry["share"], *used])
            + " |"
        )
    return "\n".join(rows) + "\n"


def machine(runs: int, share: float) -> dict[str, str]:
    """Where and how it was measured."""
    kind, version = f"{platform.system()} {platform.machine()}", platform.python_version()
    return {
        "machine": f"{os.cpu_count()} cores, {kind}, Python {version}, {runs} runs",
        "share": "all" if share == 1 else f"{share:.0%} of all",
    }


def _cells(result: Result) -> list[str]:
    entry = result.as_json()
    used = [_in_words(entry.get("cpu_seconds")), _in_words(entry.get("peak_mb"))]
    return [result.work, result.must, result.reached, *used]


def _in_words(used: object) -> str:
    return ", ".join(f"{name} {n:,.1f}" for name, n in used.items()) if isinstance(used, dict) else ""
