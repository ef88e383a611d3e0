"""Writes down what came of a run: for machines, and as a table for the page of the suite."""

import json
from collections.abc import Sequence
from pathlib import Path

from recovery.running import Result


def write(results: Sequence[Result], folder: Path) -> None:
    """`recovery.json` and `recovery.md` in the folder."""
    folder.mkdir(exist_ok=True)
    rows = [
        {"row": result.row.name, "injected": result.injected.number, "violations": len(result.violations)}
        for result in results
    ]
    (folder / "recovery.json").write_text(json.dumps({"rows": rows}, indent=1) + "\n")
    (folder / "recovery.md").write_text(table(results))


def table(results: Sequence[Result]) -> str:
    """The rows as a Markdown table."""
    lines = ["| row | what is done | injected | violations |", "|---|---|---|---|"]
    for result in results:
        kinds = ", ".join(f"{number:,} {kind}" for kind, number in sorted(result.injected.faults.items()))
        lines.append(f"| {result.row.name} | {result.row.about} | {kinds} | {len(result.violations)} |")
    injected = sum(result.injected.number for result in results)
    violated = sum(len(result.violations) for result in results)
    return "\n".join([*lines, f"| all | | {injected:,} | {violated} |"]) + "\n"


def told(result: Result, seed: int) -> str:
    """One line of what came of a row; where something is violated, all of it, the schedule, and how to run it again."""
    number, faults = len(result.violations), dict(result.injected.faults)
    line = f"{result.row.name}: {faults} in {result.seconds:.0f} s, {number} violations"
    if not result.violations:
        return line
    again = f"again: python -m recovery --row {result.row.name} --seed {seed} --times {result.injected.number}"
    return "\n".join([line, *result.violations[:40], *result.schedule, again])
