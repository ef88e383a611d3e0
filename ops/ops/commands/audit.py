"""`footing audit`: what operators did, and what was revealed to them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from ops import audit as log
from ops import tables
from ops.commands.options import AsJson, StackName
from ops.connection import settings_for


def audit(
    *,
    who: Annotated[str, typer.Option(help="Only what this operator did.")] = "",
    what: Annotated[str, typer.Option(help="Only where these words stand in what was done: a command, a name.")] = "",
    since: Annotated[datetime | None, typer.Option(help="From this day on, UTC.", formats=["%Y-%m-%d"])] = None,
    until: Annotated[datetime | None, typer.Option(help="Up to and with this day, UTC.", formats=["%Y-%m-%d"])] = None,
    most: Annotated[int, typer.Option(help="So many, the latest first.", min=1, max=100_000)] = 100,
    stack: StackName = "dev",
    as_json: AsJson = False,
) -> None:
    """Show who did what, when and why, with what was before and after; the latest first.

    Example: footing audit --what "parked show" --since 2026-03-01
    """
    first = since.replace(tzinfo=UTC) if since else None
    after = until.replace(tzinfo=UTC) + timedelta(days=1) if until else None
    found = log.entries(settings_for(stack), who=who, what=what, since=first, until=after, most=most)
    if as_json:
        print(json.dumps([{**entry, "at": _moment(entry["at"])} for entry in found], indent=2))
        return
    console = tables.console()
    for entry in found:
        console.print(f"{_moment(entry['at'])}  {entry['who']}: {entry['what']}, {entry['ended']}", soft_wrap=True)
        for told in (entry["why"], log.changed(entry)):
            if told:
                console.print(f"  {told}", soft_wrap=True)
    if not found:
        console.print("Nothing that was asked for is put down.")


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
