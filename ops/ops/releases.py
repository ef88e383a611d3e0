"""Releases of the contract: held against the working tree, and made from it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from contracts.compatibility.contract import (
    Contract,
    number,
    place_of_releases,
    released,
    versions,
    working_tree,
    write,
)
from contracts.compatibility.findings import Finding
from contracts.compatibility.report import Report, compare
from ops.errors import Missing

_SIDES = {"gate": "as strict gate", "readers": "as tolerant reader"}


def diff(version: str | None) -> Report:
    """The report on the working tree against a released version, or the newest."""
    place = _place()
    there = versions(place)
    if not there:
        raise Missing(f"No release stands in {place}.", "Make the first with: footing contract release 1.0.0")
    if version is not None and version not in there:
        raise typer.BadParameter(f"no release {version}; there are {', '.join(there)}")
    return compare(released(place, version or there[-1]), working_tree())


def release(version: str, judged: str) -> None:
    """Write the working tree's contract as a release, if it may be one."""
    place, now = _place(), working_tree()
    there = versions(place)
    try:
        is_later = not there or number(version) > number(there[-1])
    except ValueError:
        raise typer.BadParameter("a version is three numbers, such as 1.2.0") from None
    if not is_later:
        raise typer.BadParameter(f"a release never changes: take a version after {there[-1]}")
    report = compare(released(place, there[-1]), now) if there else None
    if report is not None and (problem := _may_not(report, version, judged)):
        show(report)
        print(problem)
        raise typer.Exit(1)
    root = _written(now, place, version, report, judged)
    print(f"{root}: {len(now.schemas)} schemas, {len(now.rules)} rules, {len(now.examples)} examples")


def _may_not(report: Report, version: str, judged: str) -> str | None:
    """Why this may not be released under the version."""
    if report.breaks and number(version)[0] == number(report.base)[0]:
        return "What breaks somebody needs a new first number. Better: a new version of the event beside the old one."
    if any(not finding.breaks for finding in report.findings) and not judged:
        return "Something is undecided. Say with --judged why it breaks nobody."
    return None


def _written(now: Contract, place: Path, version: str, report: Report | None, judged: str) -> Path:
    notes = {
        "released_on": datetime.now(UTC).date().isoformat(),
        "after": report.base if report else None,
        "judged": judged or None,
        "findings": [f"{finding.subject} {finding.field}: {finding.why}" for finding in report.findings]
        if report
        else [],
    }
    return write(now, place, version, notes)


def _place() -> Path:
    try:
        return place_of_releases()
    except FileNotFoundError as missing:
        raise Missing(f"{missing}.", "Run this in a checkout of Footing.") from None


def show(report: Report) -> None:
    """Print a report: the verdicts as a table, then what was found."""
    console = Console(markup=False, highlight=False)
    table = Table(f"against {report.base}", *_SIDES.values(), box=SIMPLE)
    table.columns[0].no_wrap = True
    for row in report.rows:
        table.add_row(row.subject, row.gate, row.readers)
    console.print(table)
    for finding in report.findings:
        for line in _lines(finding):
            console.print(line, soft_wrap=True)
    if report.compatible:
        console.print("Compatible: nobody breaks.")


def _lines(finding: Finding) -> list[str]:
    verdict = "breaks" if finding.breaks else "is undecided for"
    whom = ", ".join(finding.consumers) or "nobody who is named yet"
    lines = [f"{finding.subject} {_SIDES[finding.side]} {verdict}: {whom}", f"  {finding.field}: {finding.why}"]
    if finding.breaks:
        lines.append(f"  accepted by {finding.accepted_by}, refused by {finding.refused_by}:")
        lines.append(f"  {json.dumps(finding.instance, ensure_ascii=False)}")
    return lines
