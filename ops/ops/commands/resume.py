"""`footing resume`: let a loop go on."""

import asyncio
import json
from typing import Annotated

import typer

from ops.audit import audited
from ops.commands.options import AsJson, StackName, Why
from ops.connection import settings_for
from ops.holding import HoldRefused, LoopName, holding, loop_named
from servicekit.settings import ServiceSettings


def resume(
    service: Annotated[str, typer.Argument(metavar="[SERVICE]", help="Whose loop.")] = "",
    loop: Annotated[str, typer.Argument(metavar="[LOOP]", help="As footing pause lists it.")] = "",
    *,
    everything: Annotated[bool, typer.Option("--all", help="Every loop that is held.")] = False,
    why: Why = "",
    stack: StackName = "dev",
    as_json: AsJson = False,
) -> None:
    """Let a held loop go on, within a second, from where it stood. Exit 1: it was not held.

    Example: footing resume outcomes projector
    """
    if bool(service) == everything:
        raise typer.BadParameter("say which: SERVICE and LOOP, or --all")
    settings = settings_for(stack)
    try:
        name = None if everything else loop_named(service, loop)
    except HoldRefused as refused:
        typer.echo(str(refused), err=True)
        raise typer.Exit(2) from None
    with audited(settings, f"resume {name or 'all'}", why) as entry:
        gone = asyncio.run(_resume(settings, name))
        entry.before, entry.after = {"paused": [str(each) for each in gone]}, {"paused": []}
    words = "\n".join(f"{each} goes on." for each in gone) or f"{name or 'Nothing'} is not paused."
    print(json.dumps([each._asdict() for each in gone], indent=2) if as_json else words)
    if name is not None and not gone:
        raise typer.Exit(1)


async def _resume(settings: ServiceSettings, name: LoopName | None) -> list[LoopName]:
    async with holding(settings) as there:
        wanted = [name] if name else [*await there.held()]
        return [each for each in wanted if await there.let_go(each)]
