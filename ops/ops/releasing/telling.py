"""Releases, their figures and what a check found, for the eye and as JSON."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table as Shown

from outcomes_service.releases.counts import Count
from outcomes_service.releases.making import Checked
from outcomes_service.releases.model import Release, Row, Table

_PLAIN_WIDTH: Final = 180  # of what goes into a file or a pipe
_NUMBERS: Final = ("k", "n", "u", "rate", "low", "high", "value", "p90")


def show(shown: Shown, *, stderr: bool = False) -> None:
    """Print a table; where nobody looks at a terminal, as wide as it needs."""
    console = Console(markup=False, stderr=stderr)
    if not console.is_terminal:
        console.width = _PLAIN_WIDTH
    console.print(shown)


def about(release: Release) -> dict[str, Any]:
    """A release without its figures."""
    said: dict[str, Any] = msgspec.to_builtins(release)
    said["cells"] = {table.id: len(table.rows) for table in release.tables}
    del said["tables"], said["definitions"]
    return said


def listed(releases: Iterable[Release]) -> Shown:
    """A line a release."""
    shown = Shown("id", "status", "as of", "profile", "of", "corrects", "title", box=SIMPLE)
    for column in shown.columns[:-1]:
        column.no_wrap = True
    for release in releases:
        kind = "synthetic" if release.synthetic else "real"
        shown.add_row(release.id, release.status, str(release.as_of), release.profile, kind, release.corrects or "",
                      release.title)  # fmt: skip
    return shown


def head(release: Release) -> list[str]:
    """What a release is, in lines."""
    said = {
        "as of": f"{release.as_of}, as known {release.known_on:%Y-%m-%d %H:%M} UTC",
        "kind": f"{'synthetic' if release.synthetic else 'real'}, profile {release.profile}",
        "register": release.register_as_of,
        "published": release.published_at,
        "withdrawn": release.withdrawn_at and f"{release.withdrawn_at}: {release.withdrawn_because}",
        "corrects": release.corrects,
        "hash": release.content_hash,
    }
    lines = [f"{release.id}  {release.status}  {release.title}"]
    lines += [f"  {name:<10}{value}" for name, value in said.items() if value]
    return lines + [f"  - {said}" for said in (*release.notes, *release.changes)]


def figures(table: Table) -> Shown:
    """The rows of a table, with the numbers that any of them has."""
    numbers = [name for name in _NUMBERS if any(getattr(row, name) is not None for row in table.rows)]
    shown = Shown(*table.dimensions, *numbers, "", box=SIMPLE, title=table.title, title_justify="left")
    for column in shown.columns[len(table.dimensions) :]:
        column.justify, column.no_wrap = "right", True
    for row in table.rows:
        said = [_number(getattr(row, name)) for name in numbers]
        shown.add_row(*(row.at.get(name) or "all" for name in table.dimensions), *said, _mark(row))
    return shown


def found(checked: Checked) -> Shown:
    """What an attack narrows down, a line a number; what no table shows is told by the counts that it follows from."""
    shown = Shown("of", "measure", "definition", "part", "lies from", "to", box=SIMPLE)
    for each in checked.narrowed:
        told = [(_whom(count), count.measure, count.definition, count.part) for count in each.counts]
        columns = ["\n".join(dict.fromkeys(column)) for column in zip(*told, strict=True)]
        shown.add_row(*columns, str(each.least), str(each.most))
    return shown


def found_json(checked: Checked) -> list[dict[str, Any]]:
    """The same for machines."""
    return [
        {"counts": [{**count._asdict(), "population": dict(count.population)} for count in each.counts],
         "least": each.least, "most": each.most}
        for each in checked.narrowed
    ]  # fmt: skip


def _whom(count: Count) -> str:
    return ", ".join(f"{name} {category}" for name, category in count.population)


def cells(release: Release) -> str:
    """How many cells there are."""
    return f"{sum(len(table.rows) for table in release.tables):,}"


def suppressed(tables: Sequence[Table]) -> int:
    """How many cells are not shown."""
    return sum(row.protection == "suppressed" for table in tables for row in table.rows)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:,.3f}"


def _mark(row: Row) -> str:
    return "suppressed" if row.protection == "suppressed" else ""
