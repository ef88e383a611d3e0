"""`footing down`: end what `footing up` started, and nothing else."""

from typing import Annotated

import typer

from ops import localstack
from ops.localstack import stack as stacks


def down(
    name: Annotated[str, typer.Option(help="Name of the stack.")] = "dev",
    wipe: Annotated[bool, typer.Option("--wipe", help="Delete its data too.")] = False,
) -> None:
    """End the Kafka and MongoDB of a stack; parts given from outside are left alone.

    Example: footing down --name dev --wipe
    """
    stack = localstack.find(name)
    if stack:
        stack.stop()
    print(f"stack {name} has ended" if stack else f"stack {name} is not up")
    if wipe:
        stacks.wipe(name)
        print(f"the data of stack {name} is deleted")
