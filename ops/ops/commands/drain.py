"""`footing drain`: before maintenance, bring everything to rest."""

import asyncio
from typing import Annotated

import typer

from ops.audit import audited, operator
from ops.commands.options import StackName
from ops.connection import settings_for
from ops.draining import NotInTime
from ops.draining import drain as bring_to_rest
from ops.holding import LOOPS, HoldRefused, holding
from servicekit.settings import ServiceSettings


def drain(
    *,
    why: Annotated[str, typer.Option("--why", help="What for, for the audit log and for who looks meanwhile.")],
    wait: Annotated[float, typer.Option("--wait", min=1, help="Seconds that it may take in all.")] = 120.0,
    stack: StackName = "dev",
) -> None:
    """Close the gates' intake, finish what is in hand, then hold every loop: it is then safe to stop what you like.

    Exit 1: not in time; then, and after Ctrl-C, everything goes on as before. Undo it with: footing resume --all

    Example: footing drain --why "new release at noon"
    """
    if not why.strip():
        raise typer.BadParameter("say why", param_hint="--why")
    settings = settings_for(stack)
    try:
        with audited(settings, "drain", why.strip()) as entry:
            asyncio.run(_drain(settings, why.strip(), wait))
            entry.before, entry.after = {"paused": []}, {"paused": [str(name) for name in LOOPS]}
    except KeyboardInterrupt:
        _say_no("\nStopped; everything goes on as before.")
    except NotInTime as late:
        _say_no(f"Not within {wait:g} seconds; everything goes on as before. {late}")
    except HoldRefused as refused:
        _say_no(str(refused))
    print("It is safe: nothing is in hand. What partners say waits in Kafka. Afterwards: footing resume --all")


async def _drain(settings: ServiceSettings, why: str, seconds: float) -> None:
    async with holding(settings) as there:
        await bring_to_rest(
            there, who=operator(), why=why, seconds=seconds, say=lambda line: typer.echo(line, err=True)
        )


def _say_no(why: str) -> None:
    typer.echo(why, err=True)
    raise typer.Exit(1)
