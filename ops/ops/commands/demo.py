"""`footing demo`: everything real, on this machine, from the events to the published figures."""

import contextlib
import signal
import threading
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from ops.demo import run
from ops.demo.screen import Screen


def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="End by itself once the figures are out.")] = False,
    seed: Annotated[int, typer.Option(help="Of the simulated partners.")] = 1,
    share: Annotated[
        float,
        typer.Option(
            "--events", help="Share of the people of the roll-out, the pilots and WorkWell.", min=0.01, max=1.0
        ),
    ] = 0.2,
    name: Annotated[str, typer.Option(help="Name of the stack.")] = "demo",
    output: Annotated[Path, typer.Option(help="Where results for machines are written.")] = Path("build/demo.json"),
) -> None:
    """Bring up real Kafka, MongoDB and the five services, let partners speak, and compare with what was published.

    It stays up until Ctrl-C, then ends all it started. Exit 1 if a figure does not come out.

    Example: footing demo --once
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    wishes = run.Wishes(name=name, seed=seed, share=share, output=output)
    try:
        with Screen() as screen, run.brought_up(wishes, screen) as up:
            wrong = run.tell(up, wishes)
            if wrong:
                screen.say(f"Did not come out: {', '.join(figure.expected.id for figure in wrong)}")
            if not once:
                for line in run.where_to_look(up):
                    print(line)
                print("It stays up until Ctrl-C.", flush=True)
                _until_interrupted()
    except KeyboardInterrupt:
        print("Ended; nothing is left running.")
        raise typer.Exit(130) from None
    if wrong:
        raise typer.Exit(1)


def _until_interrupted() -> None:
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()


def _interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt
