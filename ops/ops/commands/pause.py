"""`footing pause`: hold a loop, until somebody resumes it."""

import asyncio
import json
from typing import Annotated

import typer

from ops.audit import audited, operator
from ops.commands.options import AsJson, StackName, Why
from ops.connection import settings_for
from ops.errors import Missing
from ops.holding import HoldRefused, LoopName, facts, holding, loop_named, plain, told
from servicekit.pausing import Pause
from servicekit.settings import ServiceSettings


def pause(
    service: Annotated[str, typer.Argument(metavar="[SERVICE]", help="Whose loop; left out: list what is held.")] = "",
    loop: Annotated[str, typer.Argument(metavar="[LOOP]", help="As footing status names it.")] = "",
    *,
    why: Why = "",
    intake: Annotated[bool, typer.Option("--intake", help="Only what comes from partners' inboxes.")] = False,
    wait: Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait until its workers hold.")] = 30.0,
    stack: StackName = "dev",
    as_json: AsJson = False,
) -> None:
    """Hold a loop after the batch in hand: nothing of it is handled, also after a restart, until it is resumed.

    What it has accepted is sent. Ticks and what is asked of parked records wait too.

    Example: footing pause outcomes projector --why "looking at a figure"
    """
    settings = settings_for(stack)
    if not service:
        held = asyncio.run(_held(settings))
        words = "\n".join(told(name, each) for name, each in held.items()) or "Nothing is paused."
        print(json.dumps(plain(held), indent=2) if as_json else words)
        return
    if not why.strip():
        raise typer.BadParameter("say why", param_hint="--why")
    try:
        name = loop_named(service, loop)
    except HoldRefused as refused:
        typer.echo(str(refused), err=True)
        raise typer.Exit(2) from None
    with audited(settings, f"pause {name}", why.strip()) as entry:
        before, done, obeys = asyncio.run(_pause(settings, name, why.strip(), intake, wait))
        entry.before, entry.after = facts(before), facts(done)
    if before is not None:
        typer.echo(f"In place of: {told(name, before)}", err=True)
    print(json.dumps(plain({name: done}), indent=2) if as_json else told(name, done))
    if not obeys:
        raise Missing(f"Not all workers of {name} hold yet; they will as soon as they look.", "See: footing status")


async def _held(settings: ServiceSettings) -> dict[LoopName, Pause]:
    async with holding(settings) as there:
        return await there.held()


async def _pause(
    settings: ServiceSettings, name: LoopName, why: str, intake: bool, seconds: float
) -> tuple[Pause | None, Pause, bool]:
    """What held it before, what holds it now, and whether its workers obey."""
    async with holding(settings) as there:
        before = (await there.held()).get(name)
        done = await there.hold(name, who=operator(), why=why, intake=intake)
        return before, done, await there.obeys_within(name, seconds)
