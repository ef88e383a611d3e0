"""`footing parked`: what could not be handled, and what shall become of it."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated, Final, NoReturn

import typer

from ops import audit, tables
from ops.audit import audited
from ops.commands.options import AsJson, StackName, Why
from ops.connection import settings_for
from ops.errors import Missing
from ops.parked import ASKED, ParkedRecords, ParkedRefused, Row, parked_records
from ops.parking import asking, groups, telling
from ops.parking.choosing import DISCARD, RETRY, Choice, chosen
from ops.parking.meaning import meaning_of
from ops.parking.outlook import Trials, outlook
from servicekit.settings import ServiceSettings

parked = typer.Typer(help="See, retry and discard parked records.", no_args_is_help=True)

Place = Annotated[str, typer.Argument(metavar="[PLACE]", help="<topic>/<partition>/<offset>, as the list shows it.")]
GroupName = Annotated[str, typer.Option("--group", help="All of this group, as the list names it.")]
Everything = Annotated[bool, typer.Option("--all", help="Everything that is parked.")]
ServiceName = Annotated[str, typer.Option("--service", help="Only of this service.")]
LoopName = Annotated[str, typer.Option("--loop", help="Only of this loop.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would come of it.")]
Seconds = Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait for services while nothing is done.")]

_ONE_OF: Final = "say which: a PLACE, --key, --group, or --all"


@parked.command("list")
def list_parked(
    *,
    records: Annotated[bool, typer.Option("--records", help="The first record of each key.")] = False,
    group: Annotated[str, typer.Option("--group", help="The first record of each key of this group.")] = "",
    key: Annotated[str, typer.Option("--key", help="Every record of this key, in order.")] = "",
    service: ServiceName = "",
    loop: LoopName = "",
    stack: StackName = "dev",
    as_json: AsJson = False,
) -> None:
    """List what is parked in groups, by cause and place; or its records. Never what a record says.

    Example: footing parked list --service case
    """
    settings = settings_for(stack)
    with _records(settings, service, loop) as there:
        rows = there.of_key(key) if key else there.heads()
        if group:
            rows = groups.members(rows, group)
        found = [] if records or group or key else groups.all_of(there, rows, settings)
    if as_json:
        told = [{**telling.plain(each), "impact": meaning_of(each)} for each in found] or map(telling.plain, rows)
        print(json.dumps(list(told), indent=2))
    elif not rows:
        print("Nothing is parked.")
    elif not found:
        print("\n".join(telling.lines_of_records(rows)))
    else:
        tables.console().print(telling.table_of_groups(found))
        for each in found:
            print(f"{each.id}: {meaning_of(each)}" + (f"\n  remark: {each.note}" if each.note else ""))


@parked.command()
def show(
    place: Annotated[str, typer.Argument(metavar="PLACE", help="<topic>/<partition>/<offset>, as the list shows it.")],
    *,
    reveal: Annotated[bool, typer.Option("--reveal", help="Uncovered: that you looked is put down.")] = False,
    why: Why = "",
    service: ServiceName = "",
    loop: LoopName = "",
    stack: StackName = "dev",
    as_json: AsJson = False,
) -> None:
    """Show a parked record: how it failed first and last, and its bytes, with what may tell of a person covered.

    Example: footing parked show inbox.acme.session-held/0/17
    """
    from ops.parking.masking import masked, revealed

    if reveal and not why.strip():
        raise typer.BadParameter("say why, to reveal it", param_hint="--why")
    settings = settings_for(stack)
    with _records(settings, service, loop) as there:
        rows = there.at(place)
        record = there.record(rows[0])
    if reveal:
        looked = audit.Entry(after={"revealed": place})
        audit.put_down(settings, f"parked show {place} --reveal", why.strip(), looked)  # before anything is shown
    said = revealed(record) if reveal else masked(record)
    if as_json:
        raw = {"value_base64": base64.b64encode(record.value or b"").decode()} if reveal else {}
        print(json.dumps({"parked": [telling.plain(row) for row in rows], **asdict(said), **raw}, indent=2))
        return
    for row in rows:
        first = f", first {row.first_cause}" if row.first_cause != row.cause else ""
        last = f", last tried {telling.moment(row.tried_at)}" if row.tried_at else ""
        cause = f"{row.cause} {row.where}".strip()
        print(f"{row.service} {row.loop}: {cause}{first}; failed {row.failures:,} times")
        print(f"  since {telling.moment(row.since)}{last}, {row.behind:,} behind it, group {groups.name_of(row)}")
    print(f"key     {said.key}")
    for name, value in said.headers:
        print(f"header  {name}: {value}")
    print(f"value   {said.value}")


@parked.command()
def retry(
    place: Place = "",
    *,
    key: Annotated[str, typer.Option("--key", help="What is parked of this key.")] = "",
    group: GroupName = "",
    everything: Everything = False,
    dry_run: DryRun = False,
    service: ServiceName = "",
    loop: LoopName = "",
    why: Why = "",
    wait: Seconds = 30.0,
    stack: StackName = "dev",
    as_json: AsJson = False,
) -> None:
    """Offer parked records again, once what kept them is mended: those of a key in order, until one fails.

    A record that stands behind others of its key is not offered before them: they are retried with it.
    Exit 1: some are parked still.

    Example: footing parked retry --group 3f2a9c01 --dry-run
    """
    if bool(place) + bool(key) + bool(group) + everything != 1:
        raise typer.BadParameter(_ONE_OF)
    settings = settings_for(stack)
    with _records(settings, service, loop) as there:
        choice = Choice(place, key, group)
        rows = chosen(there, RETRY, choice)
        if dry_run:
            _tell_trials(RETRY, asking.tried(there, rows, RETRY, wait), as_json)
            return
        with _interruptible(), audited(settings, f"parked retry {choice}", why) as entry:
            told = asking.done(there, rows, RETRY, entry, why=why, wait=wait)
    _tell(told, wait, as_json)


@parked.command()
def discard(
    place: Place = "",
    *,
    group: GroupName = "",
    everything: Everything = False,
    why: Annotated[str, typer.Option("--why", "--because", help="Why, for the audit log. No personal data.")] = "",
    dry_run: DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    service: ServiceName = "",
    loop: LoopName = "",
    wait: Seconds = 30.0,
    stack: StackName = "dev",
    as_json: AsJson = False,
) -> None:
    """Give up records for good: their partner is told that they are refused; what stands behind them is offered.

    Only what stands in an inbox: an accepted event is never given up. Exit 1: some are parked still.

    Example: footing parked discard inbox.acme.session-held/0/17 --why "sent by a test of theirs"
    """
    if bool(place) + bool(group) + everything != 1:
        raise typer.BadParameter("say which: a PLACE, --group, or --all")
    if not dry_run and not why.strip():
        raise typer.BadParameter("say why", param_hint="--why")
    settings = settings_for(stack)
    with _records(settings, service, loop) as there:
        choice = Choice(place, group=group)
        rows = chosen(there, DISCARD, choice)
        if dry_run:
            _tell_trials(DISCARD, asking.tried(there, rows, DISCARD, wait), as_json)
            return
        what = f"{rows[0].place} ({rows[0].cause})" if len(rows) == 1 else f"{len(rows):,} records"
        if not yes and rows:
            typer.confirm(f"Discard {what} for good?", abort=True, err=True)
        with _interruptible(), audited(settings, f"parked discard {choice}", why.strip()) as entry:
            told = asking.done(there, rows, DISCARD, entry, why=why.strip(), wait=wait)
    _tell(told, wait, as_json)


@parked.command()
def note(
    group: Annotated[str, typer.Argument(metavar="GROUP", help="As the list names it.")],
    text: Annotated[str, typer.Argument(help="What others should know. No personal data.")],
    stack: StackName = "dev",
) -> None:
    """Keep a remark on a group, for whoever lists it.

    Example: footing parked note 3f2a9c01 "reported to the partner, mended on Monday"
    """
    if not text.strip():
        raise typer.BadParameter("say something", param_hint="TEXT")
    settings = settings_for(stack)
    with _records(settings) as there:
        groups.members(there.heads(), group)
    with audit.operators_database(settings) as database:
        groups.remark(database, group, audit.operator(), text.strip())
    print(f"Kept with group {group}.")


@contextmanager
def _records(settings: ServiceSettings, service: str = "", loop: str = "") -> Iterator[ParkedRecords]:
    try:
        with parked_records(settings, service, loop) as there:
            yield there
    except ParkedRefused as refused:
        _say_no(refused)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C ends the waiting, and nothing else."""
    try:
        yield
    except KeyboardInterrupt:
        _say_no("\nNobody waits any more. What was asked is done all the same; see: footing parked list")


def _tell_trials(what: str, trials: Trials, as_json: bool) -> None:
    if as_json:
        told = [
            {**telling.plain(row), "trial": {**trial, "asked_at": telling.moment(trial["asked_at"])}}
            for row, trial in trials
            if trial
        ]
        figures = [asdict(figure) for figure in outlook(trials).figures]
        print(json.dumps({"trials": told, "figures": figures}, indent=2))
    else:
        print("\n".join(telling.lines_of_trials(what, trials)))


def _tell(told: list[tuple[Row, str]], seconds: float, as_json: bool) -> None:
    """What came of each. Exit 1 if any is parked again, 3 if no service took it up."""
    if as_json:
        print(json.dumps([{**telling.plain(row), "came_of_it": word} for row, word in told], indent=2))
    else:
        print("\n".join(telling.lines_of_answers(told)) or "Nothing is parked.")
    words = telling.words_of(told)
    if words[ASKED]:
        raise Missing(
            f"Within {seconds:g} seconds no service took {words[ASKED]:,} of them up; they stay asked.",
            "Is the service up? See: footing parked list",
        )
    if words["parked"]:
        raise typer.Exit(1)


def _say_no(why: object) -> NoReturn:
    typer.echo(str(why), err=True)
    raise typer.Exit(1)
