"""`footing simulate`: synthetic partners say a scenario, from outside, by the public contract only."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from operator import length_hint
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
from rich.text import Text

from ops.commands.options import StackName
from ops.connection import door_url, settings_for
from ops.partners import PartnerRefused, Registry
from ops.simulator import partner, to_door, to_kafka, to_lines
from ops.simulator.scenarios import SCENARIOS
from ops.simulator.telling import Telling
from ops.ways_in import Way
from schemes import load, register


def simulate(
    scenario: Annotated[str, typer.Argument(help=f"One of {', '.join(SCENARIOS)}.")],
    *,
    seed: Annotated[int, typer.Option(help="The same seed says the same bytes.")] = 1,
    rate: Annotated[float | None, typer.Option(help="At most so many events a second.", min=0.1)] = None,
    via: Annotated[Way, typer.Option(help="To the inbox topics, or through the door.")] = Way.KAFKA,
    register_file: Annotated[
        Path | None, typer.Option("--register", help="A practice register, if not the one carried.", exists=True)
    ] = None,
    share: Annotated[
        float, typer.Option("--slice", help="This share of all people and practices.", min=0.0, max=1.0)
    ] = 1.0,
    orderly: Annotated[bool, typer.Option("--orderly", help="Nothing late, repeated, corrected or wrong.")] = False,
    yearly: Annotated[bool, typer.Option("--yearly", help="One fit-note count a practice, not 52.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print JSON lines instead of sending.")] = False,
    stack: StackName = "dev",
) -> None:
    """Let synthetic partners say a scenario. Every event says `synthetic: true`; partners are registered if need be.

    Example: footing simulate james-wigg --seed 1
    """
    if scenario not in SCENARIOS:
        raise typer.BadParameter(f"one of {', '.join(SCENARIOS)}", param_hint="SCENARIO")
    chosen = SCENARIOS[scenario]
    known = register.load(register_file)
    telling = Telling(schemes=load(), register=known, seed=seed, orderly=orderly, share=share, yearly=yearly)
    records = chosen.tell(telling)
    if dry_run:
        to_lines.write(records, sys.stdout)
        return
    settings = settings_for(stack)
    try:
        tokens = partner.register(chosen.partners, Registry(settings), tokens=via is Way.HTTP)
    except PartnerRefused as refused:
        typer.echo(str(refused), err=True)
        raise typer.Exit(1) from None
    with _progress(chosen.title, length_hint(records) or None) as heard:
        if via is Way.HTTP:
            count = to_door.send(records, door_url(stack), tokens, rate, heard)
        else:
            count = to_kafka.send(records, settings, rate, heard)
    print(f"{scenario}: {count} events said via {via}")


class _Speed(ProgressColumn):
    """Events a second, over the last seconds."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f} events/s" if speed else "")


@contextmanager
def _progress(title: str, total: int | None) -> Iterator[Callable[[], None]]:
    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), _Speed(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(title, total=total)

        def heard() -> None:
            progress.advance(task)

        yield heard
