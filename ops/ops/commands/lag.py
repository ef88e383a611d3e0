"""`footing lag`: how far each lane of each loop is behind."""

import json
from dataclasses import asdict
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from ops import localstack, tables
from ops.commands.options import AsJson, StackName
from ops.errors import Missing
from ops.services import SERVICES
from ops.standing import showing
from ops.standing.asking import Seen, named, seen_in
from ops.standing.judging import FINE, PAUSED, LaneRow, lanes_of
from servicekit.standing import LoopStanding

_NOT_SAID: Final = "Neither the services nor MongoDB say where the loops are."


def lag(
    service: Annotated[str, typer.Option("--service", help="Only of this service.")] = "",
    stack: StackName = "dev",
    as_json: AsJson = False,
) -> None:
    """Show each lane of each loop: how many events it is behind, how old the oldest is, when it moved last, and where.

    A lane is the partition of one number of all topics that a loop reads.
    Exit code 0: every lane keeps up; 1: one is behind for more than a minute, or it is not known.

    Example: footing lag --service outcomes
    """
    if service and service not in SERVICES:
        raise typer.BadParameter(f"there are: {', '.join(SERVICES)}", param_hint="--service")
    installation = named(stack, localstack.all_stacks(say=lambda _: None))
    seen = [one for one in seen_in([installation]) if service in ("", one.service)]
    rows = [(one, loop, lane) for one in seen for loop in one.loops or () for lane in lanes_of(loop)]
    silent = [one.service for one in seen if one.loops is None]
    if not rows:
        raise Missing(_NOT_SAID, "See: footing status")
    if as_json:
        print(json.dumps([_plain(*row) for row in rows], indent=2))
    else:
        tables.console().print(_table(rows))
    for name in silent:
        typer.echo(f"{name}: not known", err=True)
    if silent or any(_word(loop, lane) not in (FINE, PAUSED) for _, loop, lane in rows):
        raise typer.Exit(1)


def _word(loop: LoopStanding, lane: LaneRow) -> str:
    return PAUSED if loop.paused and lane.word != FINE else lane.word


def _table(rows: list[tuple[Seen, LoopStanding, LaneRow]]) -> Table:
    made = tables.table("service", "loop", "lane", "state", right=("behind", "oldest", "last moved"))
    made.add_column("behind in")
    for seen, loop, lane in rows:
        numbers = (showing.number(lane.behind), showing.lasting(lane.seconds), showing.since(lane.moved_at))
        word = showing.word(_word(loop, lane))
        made.add_row(seen.service, loop.loop, str(lane.lane), word, *numbers, ", ".join(lane.topics))
    return made


def _plain(seen: Seen, loop: LoopStanding, lane: LaneRow) -> dict[str, Any]:
    moved = lane.moved_at.isoformat() if lane.moved_at else None
    return {"service": seen.service, "loop": loop.loop, **asdict(lane), "moved_at": moved, "state": _word(loop, lane)}
