"""`footing up`: start real Kafka and MongoDB and leave them running."""

from typing import Annotated

import typer
from rich.console import Console

from ops import localstack


def up(
    name: Annotated[str, typer.Option(help="Name of the stack; several stacks do not collide.")] = "dev",
    kafka_port: Annotated[int | None, typer.Option(help="Port for Kafka; a free one if left out.")] = None,
    mongo_port: Annotated[int | None, typer.Option(help="Port for MongoDB; a free one if left out.")] = None,
) -> None:
    """Start real Kafka and MongoDB and leave them running until `footing down`.

    They come from KAFKA_URL and MONGO_URL if these are given, else from Docker if an engine and the images are there,
    else they are started as child processes; FOOTING_PARTS=given|docker|local forces one.

    Example: footing up --name dev && eval "$(footing env --name dev)"
    """
    console = Console(stderr=True)
    with console.status("looking around") as progress:

        def say(line: str) -> None:
            console.print(line, highlight=False, soft_wrap=True)
            progress.update(line)

        localstack.start(name, say=say, kafka_port=kafka_port, mongo_port=mongo_port)
    join = f'Join with: eval "$(footing env --name {name})"; end with: footing down --name {name}'
    console.print(join, highlight=False, soft_wrap=True)
