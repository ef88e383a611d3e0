"""`footing rebuild`: make the read models again from the canonical topics, beside those that are live."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, Any, TypeVar

import typer
from aiokafka.errors import KafkaError
from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError
from rich.console import Console

from ops.audit import audited
from ops.commands.options import AsJson, StackName, Why
from ops.connection import no_answer, settings_for
from ops.errors import Missing
from ops.rebuild import progress, run
from outcomes_service.projections import rebuild_progress, taking_over
from outcomes_service.projections.building import Database
from outcomes_service.projections.going_back import NoWayBack, olds
from outcomes_service.projections.rebuilding import Overtaken
from servicekit import logs
from servicekit.restoring import BeingRestored
from servicekit.settings import ServiceSettings
from servicekit.tending import end

T = TypeVar("T")

rebuild = typer.Typer(no_args_is_help=True, help="Make the read models again from the canonical topics.")


@rebuild.command("journeys")
def journeys(
    processes: Annotated[int, typer.Option(min=1, help="How many processes fold lanes at a time.")] = 2,
    drop_old: Annotated[bool, typer.Option("--drop-old", help="Drop the old version once the new is live.")] = False,
    why: Why = "",
    stack: StackName = "dev",
    as_json: AsJson = False,
) -> None:
    """Build journeys, persons and cells anew beside the live ones, and let them take over.

    Services go on, readers notice nothing. Killed and started again it goes on where it was.

    Example: footing rebuild journeys --drop-old
    """
    settings = settings_for(stack)
    logs.beside_the_answer()

    async def work(database: Database) -> run.Rebuilt:
        showing = asyncio.create_task(progress.shown(database, Console(stderr=True)))
        try:
            return await run.rebuild(settings, processes, drop_old)
        finally:
            await end(showing)

    with audited(settings, "rebuild journeys", why) as entry:
        done = _answer(settings, work)
        entry.before, entry.after = {"live": done.replaced}, {"live": done.journeys}
    if as_json:
        print(json.dumps(asdict(done), indent=2))
        return
    took = ", ".join(f"{part} {seconds:.1f} s" for part, seconds in done.seconds.items())
    print(f"{done.journeys} is live instead of {done.replaced}: {done.events:,} events; {took}.")


@rebuild.command("back")
def back(
    version: Annotated[str, typer.Argument(help="Which old version, as `footing rebuild status` names it.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would come of it.")] = False,
    why: Why = "",
    stack: StackName = "dev",
    as_json: AsJson = False,
) -> None:
    """Go back to a version that a rebuild replaced: it reads what came since, and takes over.

    Services go on, readers notice nothing. Killed and started again it goes on where it was. Exit 1: it cannot become
    the live one again, and why.

    Example: footing rebuild back journeys_v1 --dry-run
    """
    settings = settings_for(stack)
    logs.beside_the_answer()
    try:
        if dry_run:
            _show(_answer(settings, lambda _: run.outlook(settings, version)), as_json)
            return
        if not why.strip():
            raise typer.BadParameter("say why, for the audit log", param_hint="--why")
        with audited(settings, f"rebuild back {version}", why) as entry:
            done = _answer(settings, lambda _: run.back(settings, version))
            entry.before, entry.after = {"live": done.replaced}, {"live": done.journeys}
    except NoWayBack as said:
        print(said, file=sys.stderr)
        raise typer.Exit(1) from None
    if as_json:
        print(json.dumps(asdict(done), indent=2))
    elif done.replaced == done.journeys:
        print(f"{version} is live.")
    else:
        print(f"{version} is live again instead of {done.replaced}, with {done.events:,} events that came since.")


def _show(would: run.Outlook, as_json: bool) -> None:
    if as_json:
        print(json.dumps(asdict(would) | {"left_at": would.left_at.isoformat()}, indent=2))
        return
    print(f"{would.journeys} was live until {would.left_at:%Y-%m-%d %H:%M:%S} UTC. {would.events:,} events came since, "
          f"and are counted before it takes over from {would.live}.")  # fmt: skip
    print("As it stopped, these figures differ from the live ones:" if would.figures else "No figure differs by now.")
    for figure in would.figures:
        differs = [f"{part} {count:+,}" for part, count in figure["parts"].items()]
        differs += [f"{part} {count:+,} later" for part, count in figure["later"].items()]
        kind = "synthetic" if figure["synthetic"] else "real"
        what = f"{figure['title']} ({figure['definition']})" if figure["definition"] else figure["title"]
        print(f"  {figure['scheme_id']}, {kind}: {what}: {', '.join(differs)}")


@rebuild.command("status")
def status(stack: StackName = "dev", as_json: AsJson = False) -> None:
    """Say how far rebuilds are.

    Example: footing rebuild status
    """
    settings = settings_for(stack)
    told, old = _answer(settings, rebuild_progress.of_all), _answer(settings, olds)
    if as_json:
        print(json.dumps([asdict(each) for each in told], indent=2))
        return
    for each in told:
        print(f"{each.id} ({each.state}), beside {each.replaces}: {each.read:,} of {each.events:,} events, "
              f"{each.lanes} lanes loaded, {each.documents:,} documents, {each.parked:,} parked")  # fmt: skip
    for version in old:
        print(f"{version.names.journeys} is old, live until {version.left_at:%Y-%m-%d %H:%M:%S} UTC")
    if not told:
        print("Nothing was rebuilt here yet.")


@rebuild.command("drop")
def drop(why: Why = "", stack: StackName = "dev") -> None:
    """Drop the versions that are not live and not being built.

    Example: footing rebuild drop
    """
    settings = settings_for(stack)
    with audited(settings, "rebuild drop", why) as entry:
        gone = _answer(settings, taking_over.drop)
        entry.before, entry.after = {"old": gone}, {"old": []}
    print(f"Dropped: {', '.join(gone)}." if gone else "There is no old version.")


def _answer(settings: ServiceSettings, work: Callable[[Database], Awaitable[T]]) -> T:
    async def connected() -> T:
        async with AsyncMongoClient[dict[str, Any]](**settings.mongo_connection()) as client:
            return await work(client[settings.database_prefix + "outcomes"])

    try:
        return asyncio.run(connected())
    except Overtaken as why:
        raise Missing(str(why), "Start the outcomes service once.") from None
    except BeingRestored:
        raise Missing("The databases are being replaced by a backup.", "Once that is done: footing verify") from None
    except (KafkaError, PyMongoError) as away:
        raise no_answer(away) from None
