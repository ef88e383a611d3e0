"""`footing parked`: what could not be handled, and what shall become of it."""

import json
from collections import Counter
from dataclasses import asdict
from typing import Annotated, Any, Final, NoReturn

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from ops.commands.options import AsJson, StackName
from ops.connection import settings_for
from ops.errors import Missing
from ops.parked import ParkedRecords, ParkedRefused, Row, may_be_discarded, parked_records

parked = typer.Typer(help="List, retry and discard parked records.", no_args_is_help=True)

Place = Annotated[str, typer.Argument(metavar="PLACE", help="<topic>/<partition>/<offset>, as the list shows it.")]
ServiceName = Annotated[str, typer.Option("--service", help="Only of this service.")]
LoopName = Annotated[str, typer.Option("--loop", help="Only of this loop.")]
Seconds = Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait for the services to do it.")]

_ONE_OF: Final = "say which: a PLACE, --key, or --all"


@parked.command("list")
def list_parked(
    key: Annotated[str, typer.Option("--key", help="Every record of this key, in order.")] = "",
    service: ServiceName = "",
    loop: LoopName = "",
    stack: StackName = "dev",
    as_json: AsJson = False,
) -> None:
    """List the first parked record of each key, and how many stand behind it. Never what a record says.

    Example: footing parked list --service case
    """
    try:
        with parked_records(settings_for(stack), service, loop) as records:
            rows = records.of_key(key) if key else records.heads()
    except ParkedRefused as refused:
        _say_no(refused)
    if as_json:
        print(json.dumps([_plain(row) for row in rows], indent=2))
    elif rows:
        _show(rows)
    else:
        print("Nothing is parked.")


@parked.command()
def retry(
    place: Annotated[str, typer.Argument(metavar="[PLACE]", help="<topic>/<partition>/<offset>.")] = "",
    *,
    key: Annotated[str, typer.Option("--key", help="What is parked of this key.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Everything that is parked.")] = False,
    service: ServiceName = "",
    loop: LoopName = "",
    wait: Seconds = 30.0,
    stack: StackName = "dev",
    as_json: AsJson = False,
) -> None:
    """Offer parked records again, once what kept them is mended: those of a key in order, until one fails.

    A record that stands behind others of its key is not offered before them: they are retried with it.
    Exit 1: some are parked still.

    Example: footing parked retry --key 0190a0b0-0000-7000-8000-000000000001
    """
    if bool(place) + bool(key) + everything != 1:
        raise typer.BadParameter(_ONE_OF)
    try:
        with parked_records(settings_for(stack), service, loop) as records:
            rows = records.heads() if everything else _first_of_each(records, _rows(records, place, key))
            told = _await(records, records.ask(rows, "retry"), wait)
    except ParkedRefused as refused:
        _say_no(refused)
    _tell(told, wait, as_json)


@parked.command()
def discard(
    place: Place,
    *,
    because: Annotated[str, typer.Option("--because", help="Why, for the log of the service. No personal data.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    service: ServiceName = "",
    loop: LoopName = "",
    wait: Seconds = 30.0,
    stack: StackName = "dev",
    as_json: AsJson = False,
) -> None:
    """Give up one record for good: its partner is told that it is refused; what stands behind it is offered.

    Only what stands in an inbox: an accepted event is never given up. Exit 1: it is parked still.

    Example: footing parked discard inbox.acme.session-held/0/17 --because "sent by a test of theirs"
    """
    if not because.strip():
        raise typer.BadParameter("say why", param_hint="--because")
    try:
        with parked_records(settings_for(stack), service, loop) as records:
            rows = records.at(place)
            if not all(map(may_be_discarded, rows)):
                raise ParkedRefused(
                    f"{place} was accepted: without it read models would differ from the log. Mend what keeps it, "
                    f"then: footing parked retry {place}"
                )
            if not yes:
                typer.confirm(f"Discard {place} ({rows[0].cause}) for good?", abort=True, err=True)
            told = _await(records, records.ask(rows, "discard", because.strip()), wait)
    except ParkedRefused as refused:
        _say_no(refused)
    _tell(told, wait, as_json)


def _rows(records: ParkedRecords, place: str, key: str) -> list[Row]:
    rows = records.at(place) if place else records.of_key(key)
    if not rows:
        raise ParkedRefused(f"Nothing is parked of {key}. See: footing parked list")
    return rows


def _first_of_each(records: ParkedRecords, rows: list[Row]) -> list[Row]:
    """The first records of the keys of these rows, a row for each loop; a record without a key is its own first."""
    firsts: dict[tuple[str, str, str], Row] = {}
    for row in rows:
        of_key = records.of_key(row.key) if row.key else [row]
        same = (other for other in of_key if (other.service, other.loop) == (row.service, row.loop))
        firsts.setdefault((row.service, row.loop, row.key or row.id), next(same))
    return list(firsts.values())


def _await(records: ParkedRecords, asked: list[Row], seconds: float) -> list[tuple[Row, str]]:
    return list(records.answers(asked, seconds))


def _tell(told: list[tuple[Row, str]], seconds: float, as_json: bool) -> None:
    """What came of each. Exit 1 if any is parked again, 3 if no service took it up."""
    if as_json:
        print(json.dumps([{**_plain(row), "came_of_it": word} for row, word in told], indent=2))
    else:
        for row, word in told:
            print(f"{row.service} {row.loop} {row.place}: {word}")
    words = Counter(word.split(":")[0] for _, word in told)
    if words["asked"]:
        raise Missing(
            f"Within {seconds:g} seconds no service took {words['asked']:,} of them up; they stay asked.",
            "Is the service up? See: footing parked list",
        )
    if words["parked"]:
        raise typer.Exit(1)


def _show(rows: list[Row]) -> None:
    table = Table("service", "loop", "place", "key", "cause", "since", "behind", "asked", box=SIMPLE)
    for row in rows:
        since = row.since.isoformat(timespec="seconds").replace("+00:00", "Z")
        values = (row.service, row.loop, row.place, row.key or "", row.cause, since, f"{row.behind:,}", row.asked or "")
        table.add_row(*values)
    console = Console(markup=False)
    console.print(table)


def _plain(row: Row) -> dict[str, Any]:
    moments = {"since": row.since.isoformat(), "tried_at": row.tried_at.isoformat() if row.tried_at else None}
    return {name: value for name, value in asdict(row).items() if name != "id"} | moments


def _say_no(why: object) -> NoReturn:
    typer.echo(str(why), err=True)
    raise typer.Exit(1)
